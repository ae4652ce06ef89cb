import numpy as np
import pytest

from aurl_core.evaluation.voice_leading import parallels_per_thousand
from aurl_core.score.score import Notes, Score


def chords(*chords, length=24):
    onset = [index * length for index, chord in enumerate(chords) for _ in chord]
    return Score(24, Notes.of(onset=onset, duration=length, pitch=[pitch for chord in chords for pitch in chord]))


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (chords((60, 67), (62, 69)), 1000),
        (chords((48, 60), (50, 62)), 1000),
        (chords((48, 67), (50, 69)), 1000),
        (chords((60, 67), (62, 71)), 0),
        (chords((60, 64), (62, 65)), 0),
        (chords((60, 67), (62, 69), (64, 72)), 500),
        (chords((60, 64, 67), (62, 65, 69)), 1000 / 3),
    ],
    ids=["fifths", "octaves", "compound fifths", "fifth to sixth", "thirds", "one of two", "one pair of three"],
)
def test_parallels(score, expected):
    assert parallels_per_thousand(score) == pytest.approx(expected)


def test_contrary_motion_between_octaves_is_no_parallel():
    assert parallels_per_thousand(chords((48, 72), (50, 62))) == 0


@pytest.mark.parametrize("score", [chords((60, 67), (60, 67)), chords((60,), (62,)), Score(24)])
def test_nothing_moves_together(score):
    assert np.isnan(parallels_per_thousand(score))


def test_chords_of_different_size_are_not_joined():
    assert np.isnan(parallels_per_thousand(chords((60, 67), (62, 66, 69))))


def test_a_held_note_belongs_to_the_next_chord():
    score = Score(24, Notes.of(onset=[0, 0, 24], duration=[24, 48, 24], pitch=[67, 60, 69]))
    assert np.isnan(parallels_per_thousand(score))
