import pytest

from benchmarks.jsb.__main__ import plan_members
from benchmarks.jsb.budget import two_digits


@pytest.mark.parametrize(("count", "expected"), [(0.4, 0), (7.9, 7), (99.9, 99), (1234.5, 1200), (987.0, 980), (-3, 0)])
def test_counts_are_rounded_down_to_two_digits(count: float, expected: int) -> None:
    assert two_digits(count) == expected


@pytest.mark.parametrize("minutes", [1, 3, 6, 12, 20, 30])
def test_each_process_has_something_to_do(minutes: int) -> None:
    first, second = plan_members("all", minutes * 60.0)
    assert not first[0].is_retrieving
    assert all(member.is_retrieving for member in second)
    names = [member.name for member in first + second]
    assert len(set(names)) == len(names)


def test_more_minutes_train_more_members() -> None:
    sizes = [sum(map(len, plan_members("all", minutes * 60.0))) for minutes in (3, 12, 30)]
    assert sizes == sorted(set(sizes))
