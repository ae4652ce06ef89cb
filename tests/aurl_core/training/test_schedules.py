import pytest

from aurl_core.training.schedules import Schedule


@pytest.mark.parametrize(
    ("budget", "every", "intervals", "steps"),
    [(1000, 250, 4, 2), (1000, 300, 3, 3), (1000, 5000, 1, 8), (1, 1, 1, 1), (1024, 1, 1024, 1)],
)
def test_the_budget_is_met_in_equal_intervals(make_recipe, budget, every, intervals, steps):
    params = make_recipe(budget_tokens=budget, validate_every_tokens=every).train
    schedule = Schedule.of(params, context_length=32)
    assert (schedule.num_intervals, schedule.steps_per_leg, schedule.tokens_per_step) == (intervals, steps, 128)
    assert schedule.legs_per_interval == 1


@pytest.mark.parametrize(("every", "legs", "steps"), [(512, 4, 4), (700, 3, 5), (5000, 1, 16), (1, 16, 1)])
def test_an_interval_is_cut_into_equal_legs(make_recipe, every, legs, steps):
    params = make_recipe(budget_tokens=4096, validate_every_tokens=2048, checkpoints={"every_tokens": every}).train
    schedule = Schedule.of(params, context_length=32)
    assert (schedule.num_intervals, schedule.legs_per_interval, schedule.steps_per_leg) == (2, legs, steps)
    assert [leg for leg in range(schedule.num_legs) if schedule.starts_interval(leg)] == [0, legs]


def test_tokens_are_counted_up_to_the_budget(make_recipe):
    schedule = Schedule.of(make_recipe(budget_tokens=1024, validate_every_tokens=512).train, context_length=32)
    assert [schedule.tokens_before(leg) for leg in range(3)] == [0, 512, 1024]
    assert schedule.num_tokens == 1024
