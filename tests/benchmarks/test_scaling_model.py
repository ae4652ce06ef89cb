import numpy as np
import pytest

from benchmarks.scaling_model import BACKWARD_SHARE, Network, Work, ring_seconds, simulated_efficiency, simulated_step

CABLE = Network("cable", alpha=1e-3, beta=1e-9)
ONE_BUCKET = Work("small", seconds=0.3, gradient_bytes=8e6)
MANY_BUCKETS = Work("large", seconds=0.3, gradient_bytes=500e6)


def step(work, ranks, jitter=0.0):
    return simulated_step(work, ranks=ranks, network=CABLE, jitter=jitter, random=np.random.default_rng(1))


@pytest.mark.parametrize("ranks", [2, 8, 64])
def test_without_unevenness_one_bucket_costs_what_the_formula_says(ranks):
    expected = ONE_BUCKET.seconds + ring_seconds(ONE_BUCKET.gradient_bytes, ranks=ranks, network=CABLE)
    assert step(ONE_BUCKET, ranks) == pytest.approx(expected)


def test_buckets_travel_while_the_rest_is_computed():
    in_turn = MANY_BUCKETS.seconds + ring_seconds(MANY_BUCKETS.gradient_bytes, ranks=2, network=CABLE)
    assert MANY_BUCKETS.seconds < step(MANY_BUCKETS, 2) < in_turn - BACKWARD_SHARE * MANY_BUCKETS.seconds / 2


def test_everybody_waits_for_the_slowest():
    assert step(ONE_BUCKET, 64, jitter=0.1) > step(ONE_BUCKET, 64) + 0.05 * ONE_BUCKET.seconds


def test_more_processes_are_less_efficient_each():
    found = [
        simulated_efficiency(
            ONE_BUCKET, ranks=ranks, network=CABLE, jitter=0.0, steps=1, random=np.random.default_rng(1)
        )
        for ranks in (1, 2, 16, 256)
    ]
    assert found[0] == 1
    assert found == sorted(found, reverse=True)
