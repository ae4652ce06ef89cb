"""A curve through trainings that obey one is found again, and foretells the next."""

from itertools import product

import numpy as np
import pytest

from aurl_core.experiments.scaling.law import Law, Rung, fit_law, foretell

LAW = Law(scale_of_size=60.0, scale_of_data=400.0, floor=0.6, size_exponent=0.4, data_exponent=0.5)
NEXT = (3_000_000, 2_000_000)


def rungs(noise: float, *, seed: int = 0) -> list[Rung]:
    """Four sizes by three lengths, with log-normal noise."""
    rng = np.random.default_rng(seed)
    plan = product((100_000, 250_000, 600_000, 1_500_000), (125_000, 300_000, 1_000_000))
    return [Rung(*where, LAW(*where) * float(np.exp(rng.normal(0, noise)))) for where in plan]


def test_the_curve_is_found_again() -> None:
    found = fit_law(rungs(0.0))

    assert found(*NEXT) == pytest.approx(LAW(*NEXT), rel=2e-3)
    assert found.size_exponent == pytest.approx(LAW.size_exponent, rel=0.1)
    assert found.data_exponent == pytest.approx(LAW.data_exponent, rel=0.1)


def test_the_interval_holds_what_comes_about_as_often_as_it_says() -> None:
    held = []
    for seed in range(12):
        said = foretell(rungs(0.01, seed=seed), *NEXT, coverage=0.9, num_resamples=40, seed=seed)
        came = LAW(*NEXT) * float(np.exp(np.random.default_rng(1000 + seed).normal(0, 0.01)))
        held.append(said.holds(came))

    assert sum(held) >= 8


def test_more_noise_is_a_wider_interval() -> None:
    sure, unsure = (foretell(rungs(noise), *NEXT, coverage=0.9, num_resamples=40, seed=1) for noise in (0.002, 0.03))

    assert sure.high - sure.low < unsure.high - unsure.low
    assert sure.low < sure.loss < sure.high
