import pytest
import torch
from pydantic import TypeAdapter

from aurl_core.training.optimization.averaging import Averaging, build_averaging
from aurl_core.training.optimization.averaging_params import AveragingParams
from aurl_core.training.schedules import Schedule

SCHEDULE = Schedule(num_intervals=1, legs_per_interval=4, steps_per_leg=2, batch_size=1, context_length=8)


def averaging(**settings) -> Averaging:
    return build_averaging(TypeAdapter(AveragingParams).validate_python(settings), SCHEDULE)


def heard(by: Averaging, values: list[float], *, first: int = 0) -> float | None:
    """The mean after a weight has had these values, one a step."""
    model = torch.nn.Linear(1, 1, bias=False)
    for step, value in enumerate(values, start=first):
        torch.nn.init.constant_(model.weight, value)
        by.hear(model, step)
    return float(by.mean()["weight"]) if by.mean() else None


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"kind": "none"}, None),
        ({"kind": "ema", "decay": 0.5, "ramp": 1}, ((0 + 1) / 2 + 2) / 2),
        ({"kind": "ema", "decay": 0.9, "ramp": 4}, (0 * 2 / 5 + 1 * 3 / 5) / 2 + 2 / 2),
        ({"kind": "swa", "share": 0.875}, 1.5),
        ({"kind": "swa", "share": 1, "every_steps": 2}, 1.0),
        ({"kind": "swa", "share": 0.25}, None),
        ({"kind": "checkpoints"}, 1.0),
    ],
)
def test_the_mean_of_three_steps_is_that_of_its_formula(settings, expected):
    mean = heard(averaging(**settings), [0.0, 1.0, 2.0])
    assert mean == (None if expected is None else pytest.approx(expected))


def test_only_the_last_legs_count():
    assert heard(averaging(kind="checkpoints", number=2), [0.0, 1, 2, 3, 4, 5, 6, 7]) == 6


@pytest.mark.parametrize("kind", ["ema", "swa", "checkpoints"])
def test_a_mean_goes_on_from_its_state(kind):
    settings = {"kind": kind} | ({"share": 1} if kind == "swa" else {})
    values = [1.0, 5.0, 2.0, 8.0, 3.0, 9.0]
    whole, before, after = (averaging(**settings) for _ in range(3))
    heard(before, values[:3])
    after.load_state_dict(before.state_dict())
    assert heard(after, values[3:], first=3) == heard(whole, values)


def test_a_mean_is_nothing_that_learns():
    by = averaging(kind="ema")
    heard(by, [1.0])
    assert list(by.parameters()) == []
