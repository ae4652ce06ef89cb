from fractions import Fraction

import pytest

from aurl_core.rendering.rhythm import NAMES, spell_bar
from aurl_core.rendering.voices import Chord


def spelled(*spans, length=96, bar_start=0, beam_length=24):
    """The symbols of a bar with one-note chords at (onset, offset)."""
    chords = [Chord(onset, offset - onset, (60,)) for onset, offset in spans]
    return spell_bar(chords, bar_start=bar_start, bar_length=length, beam_length=beam_length)


def values(symbols):
    return [
        ("" if s.chord else "rest ") + s.name + "." * s.num_dots + (" in 3" if s.is_triplet else "") for s in symbols
    ]


def written_steps(symbol):
    """What a reader takes from the name, the dots and the triplet alone."""
    steps = Fraction(96, 2 ** NAMES.index(symbol.name)) * (2 - Fraction(1, 2**symbol.num_dots))
    return steps * Fraction(2, 3) if symbol.is_triplet else steps


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 96)], ["whole"]),
        ([(0, 72), (72, 96)], ["half.", "quarter"]),
        ([(0, 12), (12, 36), (36, 48)], ["eighth", "quarter", "eighth", "rest half"]),
        ([(0, 3), (3, 24)], ["32nd", "16th.", "eighth", "rest quarter", "rest half"]),
        ([(12, 24), (48, 96)], ["rest eighth", "eighth", "rest quarter", "half"]),
    ],
)
def test_plain_values(spans, expected):
    assert values(spelled(*spans)) == expected


def test_a_triplet_fills_its_beat_and_has_a_bracket():
    symbols = spelled((0, 8), (8, 16), (16, 24))
    assert values(symbols[:3]) == ["eighth in 3"] * 3
    assert [(s.opens_triplet, s.closes_triplet) for s in symbols] == [
        (True, False), (False, False), (False, True), (False, False), (False, False),
    ]  # fmt: skip


def test_quarter_triplets_span_two_beats_and_half_triplets_four():
    assert values(spelled((0, 16), (16, 32), (32, 48)))[:3] == ["quarter in 3"] * 3
    assert values(spelled((0, 32), (32, 64), (64, 96))) == ["half in 3"] * 3


def test_a_triplet_note_held_over_the_bar_line_is_cut_there():
    before = spelled((88, 104))
    after = spelled((88, 104), bar_start=96)
    assert values(before)[-1] == values(after)[0] == "eighth in 3"


def test_every_note_of_whole_steps_is_exact():
    for onset in range(24):
        for offset in range(onset + 1, 100):
            symbols = spelled((onset, offset))
            assert all(written_steps(symbol) == symbol.duration for symbol in symbols)
            assert [s.start for s in symbols] == [0, *(s.end for s in symbols[:-1])]
            assert symbols[-1].end == 96
            sounding = [s for s in symbols if s.chord]
            assert (sounding[0].start, sounding[-1].end) == (onset, min(offset, 96))


@pytest.mark.parametrize("length", [1, 5, 30, 36, 84, 97, 120])
def test_bars_of_any_length_are_filled(length):
    symbols = spelled((1, length + 3), length=length)
    assert sum(symbol.duration for symbol in symbols) == length
    assert all(written_steps(symbol) == symbol.duration for symbol in symbols)


def test_beams_join_the_notes_of_a_beat():
    symbols = spelled((0, 12), (12, 18), (18, 24), (24, 36), (36, 48))
    assert [s.beams for s in symbols[:5]] == [
        ("begin",), ("continue", "begin"), ("end", "end"), ("begin",), ("end",),
    ]  # fmt: skip


def test_a_lone_short_value_gets_a_hook():
    symbols = spelled((0, 6), (6, 24), (24, 42), (42, 48))
    assert [s.beams for s in symbols[:4]] == [
        ("begin", "forward hook"), ("end",), ("begin",), ("end", "backward hook"),
    ]  # fmt: skip


def test_rests_and_beats_end_beams():
    assert [s.beams for s in spelled((0, 12), (24, 36), (36, 48))] == [(), (), ("begin",), ("end",), ()]


def test_compound_meters_beam_by_three_eighths():
    symbols = spelled(*((start, start + 12) for start in range(0, 72, 12)), length=72, beam_length=36)
    assert [s.beams[0] for s in symbols] == ["begin", "continue", "end"] * 2
