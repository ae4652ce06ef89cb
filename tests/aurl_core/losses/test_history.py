import math
import random

import pytest
import torch

from aurl_core.losses.history import LossHistory, gradient_shares


def recorded(values: list[float]) -> LossHistory:
    history = LossHistory()
    for step, value in enumerate(values):
        history.record(step * 10, {"kl": value})
    return history


def noise(count: int, *, slope: float = 0.0) -> list[float]:
    rng = random.Random(4)
    return [2 + slope * step + rng.gauss(0, 0.1) for step in range(count)]


def verdict(values: list[float]) -> str:
    return recorded(values).stability()["kl"].verdict


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (noise(10), "too early"),
        (noise(400), "steady"),
        (noise(400, slope=-0.02), "falling"),
        (noise(150) + noise(60, slope=0.05), "rising"),
        (noise(500, slope=0.05), "diverging"),
        ([*noise(200), 30.0, *noise(50)], "spiking"),
        ([*noise(200), 30.0, *noise(150)], "steady"),
        ([*noise(40), math.nan, *noise(10)], "diverging"),
        ([1.0] * 100, "steady"),
    ],
)
def test_verdicts(values, expected):
    assert verdict(values) == expected


def test_running_figures_are_those_of_the_noise():
    [found] = recorded(noise(600)).stability().values()
    assert found.mean == pytest.approx(2, abs=0.03)
    assert found.deviation == pytest.approx(0.1, abs=0.02)
    assert found.num_spikes == 0


def test_a_spike_is_counted_and_hardly_moves_the_figures():
    before, after = (recorded(noise(200) + extra).stability()["kl"] for extra in ([], [1e6]))
    assert (before.num_spikes, after.num_spikes) == (0, 1)
    assert after.mean == pytest.approx(before.mean, abs=0.02)


def test_what_was_recorded_is_there_by_step():
    history = LossHistory()
    history.record(0, {"kl": torch.tensor(1.5), "focal": 2.0})
    history.record(7, {"kl": 0.5})
    assert history.state() == {"kl": [(0, 1.5), (7, 0.5)], "focal": [(0, 2.0)]}


def test_a_resumed_history_goes_on_as_an_uninterrupted_one():
    whole, resumed = recorded(noise(90)), LossHistory.of(recorded(noise(60)).state())
    for step, value in list(enumerate(noise(90)))[60:]:
        resumed.record(step * 10, {"kl": value})
    assert resumed.state() == whole.state()
    assert resumed.stability() == whole.stability()


def test_who_pulls_how_much():
    weight = torch.tensor([1.0, 2.0], requires_grad=True)
    other = torch.tensor(1.0, requires_grad=True)
    values = {"far": (weight * torch.tensor([3.0, 4.0])).sum(), "near": weight[0] * 5, "elsewhere": other * 2}
    assert gradient_shares(values, [weight]) == pytest.approx({"far": 0.5, "near": 0.5, "elsewhere": 0})
    assert gradient_shares({"elsewhere": other * 2}, [weight]) == {"elsewhere": 0}
