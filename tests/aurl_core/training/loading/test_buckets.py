import numpy as np
import pytest

from aurl_core.training.loading.buckets import Buckets, cuts, even_cuts, fitting

LENGTHS = np.random.default_rng(3).integers(10, 101, 100_000)
BUDGET = 800


@pytest.fixture
def make_buckets():
    def make(*, pool=8, num_steps=400, seed=1) -> Buckets:
        return Buckets(lambda number: int(LENGTHS[number]), budget=BUDGET, pool=pool, num_steps=num_steps, seed=seed)

    return make


def padded(numbers):
    return LENGTHS[numbers].max() * len(numbers)


def test_no_batch_is_over_the_budget_and_none_is_empty(make_buckets):
    buckets = make_buckets()
    sizes = [padded(buckets.numbers(step)) for step in range(400)]
    assert max(sizes) <= BUDGET
    assert min(sizes) > BUDGET / 2


def test_little_is_padding(make_buckets):
    buckets = make_buckets()
    batches = [buckets.numbers(step) for step in range(400)]
    share = 1 - sum(LENGTHS[numbers].sum() for numbers in batches) / sum(map(padded, batches))
    mixed = [np.arange(step * 8, (step + 1) * 8) for step in range(400)]
    mixed_share = 1 - sum(LENGTHS[numbers].sum() for numbers in mixed) / sum(map(padded, mixed))
    assert (share, mixed_share) == (pytest.approx(0.1, abs=0.02), pytest.approx(0.4, abs=0.03))


def test_windows_are_shown_about_once_each(make_buckets):
    buckets = make_buckets()
    shown = np.bincount(np.concatenate([buckets.numbers(step) for step in range(400)]))
    assert len(shown) == pytest.approx(buckets.num_windows, rel=0.02)
    assert (shown == 1).mean() > 0.9


def test_a_step_is_the_same_whatever_was_asked_before(make_buckets):
    undisturbed, resumed = make_buckets(), make_buckets()
    stream = [undisturbed.numbers(step) for step in range(60)]
    assert [resumed.numbers(step) for step in (59, 33, 8, 7)] == [stream[step] for step in (59, 33, 8, 7)]


def test_long_and_short_batches_come_in_random_order(make_buckets):
    def order(seed):
        return [int(LENGTHS[make_buckets(seed=seed).numbers(step)].max()) for step in range(8)]

    assert order(1) not in (sorted(order(1)), sorted(order(1), reverse=True))
    assert order(1) != order(2)


def test_a_pool_of_one_batch_is_windows_in_order(make_buckets):
    assert sorted(make_buckets(pool=1).numbers(0)) == list(range(len(make_buckets(pool=1).numbers(0))))


@pytest.mark.parametrize(("lengths", "num_batches"), [([9, 9, 9], 3), ([9, 9, 2, 2, 2], 4), ([5] * 20, 7), ([4], 1)])
def test_cuts_are_as_many_as_asked_for_and_leave_nothing_out(lengths, num_batches):
    batches = even_cuts(np.array(lengths), num_batches=num_batches, budget=20)
    assert len(batches) == num_batches
    assert [number for batch in batches for number in range(batch.start, batch.stop)] == list(range(len(lengths)))


def test_as_many_windows_as_fit_are_taken():
    lengths = np.array([5, 5, 10, 2, 2, 2, 2, 2])
    assert fitting(lengths, num_batches=2, budget=10) == 3
    assert len(cuts(np.array([10, 5, 5]), budget=10)) == 2
    assert len(cuts(np.array([10, 5, 5, 2]), budget=10)) == 3
