import pytest

from aurl_core.training.optimization.learning_rate import learning_rate_factor
from aurl_core.training.optimization.schedule_params import (
    ConstantSchedule,
    CosineSchedule,
    InverseSquareRootSchedule,
    OneCycleSchedule,
    TrapezoidSchedule,
)


def curve(schedule, num_steps: int = 100) -> list[float]:
    return [learning_rate_factor(step, num_steps, schedule) for step in range(num_steps)]


def test_without_warm_up_and_decay_the_rate_is_level():
    assert set(curve(TrapezoidSchedule(warmup_share=0, decay_share=0))) == {1.0}


def test_decay_over_the_last_quarter_ends_near_zero():
    factors = curve(TrapezoidSchedule(warmup_share=0, decay_share=0.25))
    assert factors[:76] == [1.0] * 76
    assert factors[75:] == sorted(factors[75:], reverse=True)
    assert factors[-1] == pytest.approx(1 / 25)


def test_a_cosine_is_half_down_in_the_middle_and_ends_at_its_floor():
    factors = curve(CosineSchedule(kind="cosine", warmup_share=0.2, floor=0.1))
    assert factors[9] == pytest.approx(0.5)
    assert factors[20] == 1
    assert factors[60] == pytest.approx(0.55)
    assert factors[-1] == pytest.approx(0.1, abs=1e-3)


def test_the_inverse_root_halves_when_steps_quadruple_and_may_end_at_zero():
    slow = curve(InverseSquareRootSchedule(kind="inverse_square_root", warmup_share=0.1))
    assert [slow[9], slow[39]] == pytest.approx([1, 0.5])
    cooled = curve(InverseSquareRootSchedule(kind="inverse_square_root", warmup_share=0.1, decay_share=0.2))
    assert cooled[:80] == slow[:80]
    assert cooled[-1] == pytest.approx(slow[-1] / 20)


def test_one_cycle_starts_peaks_and_ends_where_it_is_told():
    factors = curve(OneCycleSchedule(kind="one_cycle", warmup_share=0.3, start=0.1, floor=0.05))
    assert [factors[0], factors[30]] == pytest.approx([0.1, 1])
    assert factors[-1] == pytest.approx(0.05, abs=1e-3)


def test_a_constant_rate_is_level_after_its_warm_up():
    factors = curve(ConstantSchedule(kind="constant"))
    assert [factors[0], *set(factors[1:])] == [0.5, 1]
