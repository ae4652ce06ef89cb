import xml.etree.ElementTree as ET

import numpy as np
import pytest

from aurl_core.errors import InputError
from aurl_core.rendering.musicxml import write_musicxml
from aurl_core.rendering.notation import engrave, stack_pages
from aurl_core.score.score import Notes, Score


def document(num_notes):
    return write_musicxml(Score(24, Notes.of(onset=np.arange(num_notes) * 12, duration=12, pitch=60)), title="Scale")


def test_every_note_is_engraved():
    (page,) = engrave(document(24))
    assert page.count('class="notehead"') == 24


def test_a_long_piece_takes_several_pages_that_stack_into_one_picture():
    pages = engrave(document(2000))
    assert len(pages) > 1
    picture = stack_pages(pages)
    assert picture.count('class="notehead"') == 2000
    assert ET.fromstring(picture).tag.endswith("svg")


def test_the_same_document_gives_the_same_bytes():
    assert engrave(document(50)) == engrave(document(50))


def test_what_is_no_music_is_refused():
    with pytest.raises(InputError, match="cannot read this as MusicXML"):
        engrave("<html></html>")
