import numpy as np
import pytest

from aurl_core.score.score import Notes, Score
from aurl_core.studies.melody.contour import ContourStudy, contour_names, explained_variance, phrase_levels

PIECE = {"piece_id": "a"}


@pytest.mark.parametrize(
    ("pitches", "name"),
    [
        ([60, 67, 60], "convex"), ([67, 60, 67], "concave"), ([60, 64, 67], "ascending"), ([67, 64, 60], "descending"),
        ([60, 60, 60], "horizontal"), ([60, 60, 67], "horizontal-ascending"), ([67, 60, 60], "descending-horizontal"),
        ([60, 60, 55], "horizontal-descending"), ([60, 67, 67], "ascending-horizontal"),
    ],
)  # fmt: skip
def test_each_of_the_nine_contours_has_its_name(pitches, name):
    levels = phrase_levels(np.array(pitches, np.uint8), np.array([0]))
    assert contour_names(levels, level_semitones=1.0) == [name]


def test_small_moves_are_level():
    assert contour_names(np.array([[60.0, 61.5, 60.0]]), level_semitones=2.0) == ["horizontal"]


def test_levels_are_the_outer_notes_and_the_mean_between():
    pitch = np.array([60, 70, 72, 65, 50, 52], np.uint8)
    assert phrase_levels(pitch, np.array([0, 4])).tolist() == [[60, 71, 65], [50, 51, 52]]


def test_a_single_note_is_level():
    assert phrase_levels(np.array([60], np.uint8), np.array([0])).tolist() == [[60, 60, 60]]


def test_confidence_falls_with_what_the_three_levels_miss():
    arch = np.array([60, 67, 67, 60, 60, 55, 79, 60], np.uint8)
    first = np.array([0, 4])
    smooth, jagged = explained_variance(arch, first, phrase_levels(arch, first)).tolist()
    assert smooth == 1.0
    assert 0 <= jagged < 0.2


def test_each_phrase_is_a_row(params):
    pitch = [60, 64, 67, 64, 60, 72, 69, 65]
    duration = np.array([24, 24, 24, 24, 96, 24, 24, 96])
    notes = Notes.of(onset=np.cumsum(duration) - duration, duration=duration, pitch=pitch)
    table = ContourStudy(params).analyze(PIECE, Score(24, notes))
    assert table["contour"].to_pylist() == ["convex", "descending"]
    assert table["start_beat"].to_pylist() == [0.0, 8.0]
    assert table["end_beat"].to_pylist() == [8.0, 14.0]
    assert table["num_notes"].to_pylist() == [5, 3]
    assert table["highest_pitch"].to_pylist() == [67, 72]


def test_an_empty_score_has_no_phrases(params):
    assert ContourStudy(params).analyze(PIECE, Score(24)).schema == ContourStudy.schema
