import numpy as np
import pytest

from aurl_core.evaluation.distribution import bootstrap_interval, compare, density, overlap_area, standardised_distance

NAN = float("nan")


def draw(mean, count, seed=0):
    return np.random.default_rng(seed).normal(mean, 1.0, count)


def compared(generated, test, validation):
    return compare(generated, test, validation, resamples=200, draws=100, random=np.random.default_rng(1))


def test_the_interval_holds_the_mean_and_narrows_with_more_pieces():
    random = np.random.default_rng(0)
    few = bootstrap_interval(draw(5, 10), resamples=500, random=random)
    many = bootstrap_interval(draw(5, 1000), resamples=500, random=random)
    assert few.low < few.mean < few.high
    assert many.high - many.low < (few.high - few.low) / 3


def test_the_interval_of_a_normal_sample_is_two_standard_errors():
    values = draw(0, 400)
    interval = bootstrap_interval(values, resamples=4000, random=np.random.default_rng(0))
    assert interval.high - interval.mean == pytest.approx(1.96 * values.std() / 20, rel=0.1)


def test_no_pieces_no_interval():
    interval = bootstrap_interval(np.array([]), resamples=100, random=np.random.default_rng(0))
    assert np.isnan(interval.mean)
    assert interval.num_pieces == 0


@pytest.mark.parametrize(
    ("values", "reference", "expected"),
    [([1, 2, 3], [3, 2, 1], 0), ([2, 4], [1, 3], 1), ([5], [0, 2], 4), ([1, 1], [1, 1], 0), ([0, 0], [1, 1], 2)],
)
def test_distance_in_deviations_of_the_reference(values, reference, expected):
    assert standardised_distance(np.array(values, float), np.array(reference, float)) == pytest.approx(expected)


def test_overlap_is_one_for_equal_zero_for_far_and_between_else():
    near, same, far = (overlap_area(draw(mean, 300, 1), draw(0, 300)) for mean in (1, 0, 20))
    assert far < 1e-6 < near < same <= 1
    assert near == pytest.approx(0.62, abs=0.08)


def test_overlap_of_constant_sets():
    assert overlap_area(np.ones(3), np.ones(4)) == 1
    assert overlap_area(np.zeros(3), np.ones(4)) < 0.5


def test_a_density_integrates_to_one():
    grid = np.linspace(-8, 8, 400)
    assert np.trapezoid(density(draw(0, 50), grid, 0.4), grid) == pytest.approx(1, abs=1e-6)


def test_real_pieces_are_within_the_floor_and_others_are_not():
    test, validation = draw(0, 60), draw(0, 60, 1)
    assert compared(draw(0, 8, 2), test, validation).is_within_floor
    assert not compared(draw(3, 8, 2), test, validation).is_within_floor


def test_the_floor_is_of_as_many_pieces_as_were_generated():
    test, validation = draw(0, 60), draw(0, 60, 1)
    few, many = (compared(draw(0, count, 2), test, validation) for count in (5, 50))
    assert few.distance_floor > many.distance_floor
    assert few.overlap_floor < many.overlap_floor


def test_undefined_values_are_left_out():
    comparison = compared(np.array([1.0, NAN, 3.0]), draw(2, 20), draw(2, 20, 1))
    assert comparison.generated.num_pieces == 2
    assert comparison.generated.mean == 2


def test_nothing_to_compare_is_no_figure():
    comparison = compared(np.array([NAN]), draw(0, 5), draw(0, 5))
    assert np.isnan([comparison.distance, comparison.overlap, comparison.distance_floor]).all()
    assert not comparison.is_within_floor


def test_the_same_seed_gives_the_same_figures():
    assert compared(draw(0, 8), draw(0, 9), draw(0, 7)) == compared(draw(0, 8), draw(0, 9), draw(0, 7))
