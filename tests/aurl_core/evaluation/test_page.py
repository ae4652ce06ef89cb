import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from aurl_core.evaluation.page import Room, read_mono, write_page
from tests.stage_outputs import write_tone

VOID = {"meta", "img", "link", "br", "hr", "input", "rect", "path", "use"}


class Outline(HTMLParser):
    """Collects tags with their attributes, and notices elements closed in the wrong order."""

    def __init__(self, page):
        super().__init__()
        self.found, self.open = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def page(evaluation, sources, params, tmp_path):
    def write(**changes):
        settings = params.model_copy(update=changes)
        told = []
        few = replace(evaluation, metrics=evaluation.metrics[:1] + evaluation.metrics[-1:])
        size = write_page(
            few, tmp_path, params=settings, samples=sources.generated, seed=1,
            progress=lambda *part: told.append(part),
        )  # fmt: skip
        assert told == [(4, 5), (5, 5)]
        assert size == (tmp_path / "index.html").stat().st_size
        return (tmp_path / "index.html").read_text()

    return write


def test_the_page_needs_nothing_beside_it(page):
    text = page()
    links = [
        value
        for tag, attributes in Outline(text).found
        for name, value in attributes.items()
        if name in ("src", "href", "xlink:href")
    ]
    assert links
    assert all(link.startswith(("data:", "#")) for link in links)
    assert not re.search(r"@import|url\((?!#)", text)


def test_it_is_well_formed_and_ids_are_unique(page):
    outline = Outline(page())
    ids = [attributes["id"] for _, attributes in outline.found if "id" in attributes]
    assert outline.open == []
    assert len(ids) == len(set(ids))
    targets = {attributes["href"][1:] for attributes in outline.all("a") if attributes["href"].startswith("#")}
    assert targets <= set(ids)


def test_every_sample_has_a_player_a_roll_a_score_and_its_midi(page):
    outline = Outline(page())
    assert len(outline.all("article")) == len(outline.all("audio")) == len(outline.all("details")) == 2
    assert all(player["src"].startswith("data:audio/mpeg;base64,") for player in outline.all("audio"))
    assert [link["download"] for link in outline.all("a") if "download" in link] == ["sample-0.mid", "sample-1.mid"]


def test_pictures_and_players_are_described(page):
    outline = Outline(page())
    assert all(picture["alt"] for picture in outline.all("img"))
    assert all(player["aria-label"] for player in outline.all("audio"))
    assert len(outline.all("caption")) == len(outline.all("table")) == 3


def test_it_has_a_light_and_a_dark_scheme(page):
    assert "prefers-color-scheme: dark" in page()


def test_the_same_evaluation_gives_the_same_page(page):
    assert page() == page()


def test_what_has_no_room_is_left_out_and_said(page):
    text = page(page_megabytes=1.00001)
    assert not Outline(text).all("audio")
    assert text.count("no room for it") == 4


def test_room_fills_up():
    room = Room(100)
    assert room.embed("x/y", b"abc") == "data:x/y;base64," + base64.b64encode(b"abc").decode()
    assert room.embed("x/y", bytes(100)) is None
    assert room.embed("x/y", b"abc") is not None


def test_recordings_become_mono_at_the_rate_asked(tmp_path):
    write_tone(tmp_path / "tone.wav", seconds=1)
    lowered, kept = (read_mono(tmp_path / "tone.wav", sample_rate=rate) for rate in (22050, 44100))
    assert (len(lowered), len(kept)) == (22050, 44100)
    np.testing.assert_allclose(lowered[100:-100], kept[200:-200:2], atol=40)
