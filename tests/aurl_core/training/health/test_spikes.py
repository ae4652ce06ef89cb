import math

import pytest

from aurl_core.training.health.spikes import RecentSteps


def test_deviations_are_robust_and_of_logarithms():
    usual = [math.log(2) - 0.1, math.log(2), math.log(2) + 0.1] * 10
    recent, with_an_outlier = RecentSteps(30, usual), RecentSteps(31, [*usual, math.log(1000)])
    assert recent.deviations(2 * math.exp(0.14826 * 5)) == pytest.approx(5)
    assert with_an_outlier.deviations(8) == pytest.approx(recent.deviations(8))


def test_few_steps_say_nothing():
    assert RecentSteps(100, [0.0] * 24).deviations(1e9) == 0
    assert RecentSteps(100, [0.0] * 25).deviations(1e9) > 100


def test_old_steps_are_forgotten():
    recent = RecentSteps(4)
    for value in (1, 1, 1, 1, 50, 50, 50, 50):
        recent.add(value)
    assert recent.deviations(50) == 0
