import numpy as np
import pytest

from aurl_core.tokens.clock import Clock


@pytest.mark.parametrize("steps_per_beat", range(1, 33))
def test_every_step_has_a_unit_of_its_own(steps_per_beat):
    clock, steps = Clock(steps_per_beat), np.arange(10 * steps_per_beat)
    assert clock.steps(clock.units(steps)).tolist() == steps.tolist()
    assert np.abs(clock.units(steps) / 32 - steps / steps_per_beat).max() <= 0.5 / 32


def test_ticks_go_to_the_nearest_step():
    ticks = np.arange(1000, dtype=np.int32)
    assert np.abs(Clock(24).steps_of_ticks(ticks, 100) / 24 - ticks / 100).max() <= 0.5 / 24


def test_the_grid_of_24_leaves_out_every_fourth_unit():
    assert np.flatnonzero(~Clock(24).is_on_grid()).tolist() == [2, 6, 10, 14, 18, 22, 26, 30]
    assert Clock(32).is_on_grid().all()
