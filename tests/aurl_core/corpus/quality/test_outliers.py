import numpy as np
import pytest

from aurl_core.corpus.quality.outliers import FAR, MEASURES, distances, find_outliers

TEMPO, VELOCITY = MEASURES[4], MEASURES[-1]


def columns(size, **changed):
    plain = {one.column: np.full(size, 60.0) for one in MEASURES}
    return plain | {name: np.array(values, object) for name, values in changed.items()}


def test_one_odd_piece_is_named_with_its_reason():
    found = find_outliers(columns(20, tempo_bpm=[100, 110, 120, 130, 140] * 3 + [90, 100, 110, 120, 1000]))
    assert found["outlier_reason"].tolist() == [None] * 19 + ["tempo 1,000 BPM, usually 120"]
    assert found["outlier_distance"].argmax() == 19


def test_many_odd_pieces_do_not_hide_each_other():
    lengths = np.concatenate([np.linspace(60, 200, 70), np.full(30, 20_000.0)])
    assert np.count_nonzero(distances(lengths, MEASURES[0]) >= FAR) == 30


def test_ratios_are_compared_by_ratio():
    usual = [100, 110, 120, 130, 140]
    half, twice = distances(np.array([*usual, 60, 240]), TEMPO)[-2:]
    assert half == pytest.approx(-twice, rel=0.05)


def test_equal_pieces_have_no_outliers_by_a_hair():
    found = find_outliers(columns(100, mean_velocity=[64] * 99 + [70]))
    assert found["outlier_reason"].tolist() == [None] * 100


def test_what_a_piece_does_not_have_is_not_far_out():
    assert distances(np.array([60.0, None, 62.0, np.nan], object), VELOCITY)[[1, 3]].tolist() == [0, 0]
    assert distances(np.array([None, None], object), VELOCITY).tolist() == [0, 0]


def test_a_handful_of_pieces_has_no_usual_figure():
    assert find_outliers(columns(4, num_notes=[100, 100, 100, 1_000_000]))["outlier_reason"].tolist() == [None] * 4
