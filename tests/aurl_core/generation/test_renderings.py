import io
import wave
import xml.etree.ElementTree as ET

import mido
import numpy as np
import pretty_midi
import pytest

from aurl_core.chunks import Casualty, SerialPool
from aurl_core.errors import AurlError
from aurl_core.generation.params import SamplingConfig
from aurl_core.generation.renderings import files_of, render_samples, reread_difference
from aurl_core.generation.samples import Sample
from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track

TRACKS = (Track("piano"), Track("bass", program=32, channel=1), Track("kit", channel=9, is_drum=True))
NOTES = Notes.of(
    onset=[0, 0, 7, 24], duration=[24, 96, 1, 12], pitch=[60, 40, 72, 38], velocity=[60, 70, 80, 90],
    track=[0, 1, 0, 2],
)  # fmt: skip
TEMPO = Events.of([("tempo", 0, WHOLE_PIECE, 0, 87.3, ""), ("tempo", 30, WHOLE_PIECE, 0, 143.7, "")])
SCORE = Score(24, NOTES, TRACKS, TEMPO)


def sample(score=SCORE, name="piece-000"):
    return Sample(
        name, 0, 1, np.array([1, 2], np.uint16), 1, 0.0, score, False, 0, 1.0, 0.0, SamplingConfig(), "", '{"a": 1}'
    )


class BrokenPool:
    """A pool whose every worker dies."""

    def map(self, function, items, *, chunk_size=None):
        return (Casualty(item, "worker_died") for item in items)


def test_a_piece_becomes_four_files_that_hold_it():
    files = files_of(sample())
    assert list(files) == [".mid", ".musicxml", ".wav", ".svg"]
    assert len(pretty_midi.PrettyMIDI(io.BytesIO(files[".mid"])).instruments) == 3
    texts = [m.text for m in mido.MidiFile(file=io.BytesIO(files[".mid"])).tracks[0] if m.type == "text"]
    assert texts == ['{"a": 1}']
    assert ET.fromstring(files[".musicxml"]).findtext("identification/miscellaneous/miscellaneous-field") == '{"a": 1}'
    with wave.open(io.BytesIO(files[".wav"])) as sound:
        assert sound.getnframes() / sound.getframerate() == pytest.approx(2.2, abs=0.3)
    assert files[".svg"].count(b'class="notehead"') >= 4


def test_the_same_piece_gives_the_same_bytes():
    assert files_of(sample()) == files_of(sample())


def test_an_empty_piece_can_be_rendered():
    assert set(files_of(sample(Score(24)))) == {".mid", ".musicxml", ".wav", ".svg"}


def test_pretty_midi_reads_the_same_notes():
    assert reread_difference(write_midi(SCORE), SCORE) == ""


@pytest.mark.parametrize(("column", "value"), [("onset", 1), ("duration", 25), ("pitch", 61), ("velocity", 61)])
def test_any_other_note_is_told(column, value):
    columns = {name: getattr(NOTES, name).copy() for name in ("onset", "duration", "pitch", "velocity", "track")}
    columns[column][0] = value
    told = reread_difference(write_midi(SCORE), SCORE.with_notes(Notes.of(**columns)))
    assert told.startswith("4 notes instead of 4, missing [(")


def test_a_lost_note_and_another_instrument_are_told():
    assert reread_difference(write_midi(SCORE), SCORE.with_notes(NOTES.take(slice(0, 3)))).startswith("4 notes instead")
    other = Score(24, NOTES, (Track(program=5), *TRACKS[1:]), TEMPO)
    assert reread_difference(write_midi(SCORE), other)


def test_a_folder_of_pieces_is_written_with_progress(tmp_path):
    shares = []
    samples = [sample(name=name) for name in ("a", "b")]
    render_samples(samples, tmp_path, pool=SerialPool(), progress=shares.append)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.mid", "a.musicxml", "a.svg", "a.wav", "b.mid", "b.musicxml", "b.svg", "b.wav",
    ]  # fmt: skip
    assert shares == [0.5, 1.0]


def test_a_lost_worker_is_an_error_that_names_the_piece(tmp_path):
    with pytest.raises(AurlError, match="rendering piece-000 cost its process"):
        render_samples([sample()], tmp_path, pool=BrokenPool())
