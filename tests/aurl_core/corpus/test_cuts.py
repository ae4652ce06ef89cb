import numpy as np
import pytest

from aurl_core.corpus.cuts import cut_into_sets

NAMES = [f"piece {number}" for number in range(2000)]
SIZES = np.random.default_rng(1).integers(1, 200, 2000).tolist()


def sets_of(names, sizes, target=2000):
    return [tuple(names[cut]) for cut in cut_into_sets(names, sizes, target)]


def test_every_piece_is_in_one_set_in_order():
    assert [name for names in sets_of(NAMES, SIZES) for name in names] == NAMES


def test_sets_are_as_large_as_asked_for():
    weight = dict(zip(NAMES, SIZES, strict=True))
    totals = [sum(weight[name] for name in names) for names in sets_of(NAMES, SIZES)][:-1]
    assert min(totals) >= 1000
    assert max(totals) <= 4000
    assert np.mean(totals) == pytest.approx(2000, rel=0.2)


@pytest.mark.parametrize("place", [0, 700, 1999])
def test_a_piece_less_changes_few_sets(place):
    rest = NAMES[:place] + NAMES[place + 1 :], SIZES[:place] + SIZES[place + 1 :]
    before, after = set(sets_of(NAMES, SIZES)), set(sets_of(*rest))
    assert len(after - before) <= 4


def test_a_piece_that_is_too_large_is_a_set_of_its_own():
    assert sets_of(["a", "b", "c"], [10, 9000, 10]) == [("a",), ("b",), ("c",)]


def test_nothing_makes_no_set():
    assert cut_into_sets([], [], 10) == []
