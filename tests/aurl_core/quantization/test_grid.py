import numpy as np
import pytest

from aurl_core.quantization.grid import GRIDS, chords, grids_of, keeps_to_steps, places, units

SECONDS = 0.5


def found(onset, *, is_exact=False):
    onset = np.asarray(onset, float)
    return [GRIDS[number] for number in grids_of(onset, np.full(len(onset), SECONDS), is_exact=is_exact)]


def beats(part, count):
    return (np.arange(count)[:, None] + np.asarray(part)).ravel()


@pytest.mark.parametrize(
    ("grid", "onset", "expected"),
    [
        ("4th", [0.49, 0.51], [0, 24]),
        ("8th", [0.24, 0.26, 0.76], [0, 12, 24]),
        ("swing", [0.3, 0.36, 0.9], [0, 16, 24]),
        ("8th_triplet", [0.3, 0.6], [8, 16]),
        ("16th_triplet", [0.2], [4]),
        ("32nd", [3.1], [75]),
        ("steps", [0.05], [1]),
    ],
)
def test_onsets_go_to_the_nearest_place(grid, onset, expected):
    assert places(np.array(onset), GRIDS.index(grid), 24).tolist() == expected


def test_places_follow_the_steps_of_a_beat():
    assert places(np.array([0.3]), GRIDS.index("16th"), 48).tolist() == [12]
    assert int(units(GRIDS.index("16th"), 48)) == 12


@pytest.mark.parametrize(
    ("part", "grid"),
    [
        ([0.0], "4th"),
        ([0, 1 / 2], "8th"),
        ([0, 1 / 3, 2 / 3], "8th_triplet"),
        ([0, 1 / 4, 1 / 2, 3 / 4], "16th"),
        (np.arange(6) / 6, "16th_triplet"),
        (np.arange(8) / 8, "32nd"),
    ],
)
@pytest.mark.parametrize("is_exact", [True, False])
def test_the_grid_that_was_written_is_found(part, grid, is_exact):
    assert set(found(beats(part, 8), is_exact=is_exact)) == {grid}


def test_a_grid_is_found_in_spite_of_an_unsteady_hand():
    onset = beats([0, 1 / 3, 2 / 3], 16)
    unsteady = onset + np.random.default_rng(3).normal(scale=0.03, size=len(onset))
    assert found(np.abs(unsteady)).count("8th_triplet") >= 15


def test_the_grid_changes_where_the_music_does():
    onset = np.concatenate([beats([0, 1 / 4, 1 / 2, 3 / 4], 6), 6 + beats([0, 1 / 3, 2 / 3], 6)])
    assert found(onset) == ["16th"] * 6 + ["8th_triplet"] * 6


def test_an_empty_beat_has_the_grid_before_it():
    assert len(found([2.0, 2.5, 5.0])) == 6


def test_music_on_the_steps_is_let_lie():
    assert found([0, 1 / 24, 1.0], is_exact=True)[0] == "steps"
    assert keeps_to_steps(np.array([0, 5 / 24, 7.5]))
    assert not keeps_to_steps(np.array([0.01, 1.03, 2.02]))


def test_chords_are_what_begins_together():
    assert chords(np.array([0.0, 0.02, 0.2, 0.3])).tolist() == [0, 0, 1, 2]
    assert chords(np.array([0.0, 0.02]), is_exact=True).tolist() == [0, 1]
