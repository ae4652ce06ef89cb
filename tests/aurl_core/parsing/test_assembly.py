import numpy as np
import pytest

from aurl_core.errors import ParseError
from aurl_core.parsing.assembly import Block, Part, beats_per_minute, score_of, text_block, whole_piece_blocks
from aurl_core.score.score import EVENT_KINDS, WHOLE_PIECE, Track


def part(name="", *, program=0, onset=(0,), is_drum=False):
    columns = (np.array(onset), np.full(len(onset), 10), np.full(len(onset), 60), np.full(len(onset), 64))
    return Part(name, program, is_drum, *columns)


def test_parts_become_tracks_with_channels_and_voices():
    score = score_of(96, [part("Soprano 1"), part(program=40, onset=(5, 0)), part(is_drum=True)], [])
    assert score.tracks == (
        Track("Soprano 1", 0, 0, voice="soprano"), Track("", 40, 1), Track("", 0, 9, is_drum=True),
    )  # fmt: skip
    assert score.notes.onset.tolist() == [0, 0, 0, 5]
    assert score.notes.track.tolist() == [0, 1, 2, 1]


def test_events_stand_by_onset_kind_track_and_block():
    blocks = [
        Block("control_change", 1, [9, 0], [64, 7], [127, 100]),
        text_block("text", [(0, "words")]),
        Block("tempo", WHOLE_PIECE, [0], None, [90.0]),
        Block("pitch_bend", 0, []),
    ]
    events = score_of(96, [], blocks).events
    assert [EVENT_KINDS[kind] for kind in events.kind] == ["tempo", "control_change", "text", "control_change"]
    assert events.value.tolist() == [90.0, 100.0, 0.0, 127.0]
    assert events.text.tolist() == ["", "", "words", ""]


def test_markers_that_stand_for_chords_are_chord_symbols():
    nothing = np.zeros(0, int), np.zeros(0, int), np.zeros(0, int)
    blocks = whole_piece_blocks(tempos=nothing[:2], meters=nothing, keys=nothing, markers=[(0, "chord:Am"), (9, "B")])
    events = score_of(96, [], blocks).events
    assert [(EVENT_KINDS[kind], text) for kind, text in zip(events.kind, events.text, strict=True)] == [
        ("chord_symbol", "Am"), ("marker", "B"),
    ]  # fmt: skip


def test_a_tempo_is_read_as_it_was_meant():
    assert beats_per_minute(np.array([909091, 500000, 631579])).tolist() == [66.0, 120.0, 95.0]
    assert round(60e6 / beats_per_minute(np.array([123457]))[0]) == 123457
    assert np.isinf(beats_per_minute(np.array([0]))[0])


def test_more_parts_than_can_be_numbered_are_refused():
    with pytest.raises(ParseError, match="malformed: 32768 programs"):
        score_of(96, [part()] * 32768, [])
