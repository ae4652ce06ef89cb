"""Means of the weights along a training. When they stand in for the weights that learn is said by learner.py.

Only a network's parameters are averaged; means are in the training's state, but are nothing that learns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn, get_swa_multi_avg_fn

from aurl_core.training.optimization.averaging_params import (
    AveragingParams,
    CheckpointAveraging,
    EMAParams,
    SWAParams,
)
from aurl_core.training.schedules import Schedule

Weights = dict[str, Tensor]
"""A network's parameters by name, detached."""


class Averaging(nn.Module):
    """Follows the weights of one network. This one forms no mean."""

    def hear(self, model: nn.Module, step: int) -> None:
        """Take note of the weights after `step` (from 0)."""

    def mean(self) -> Weights:
        """What stands in for the weights; empty before there is any."""
        return {}


class RunningMean(Averaging, ABC):
    """One mean, moved towards the weights by the steps that count."""

    def __init__(self) -> None:
        super().__init__()
        self.num_heard = 0
        self.weights: Weights = {}

    @abstractmethod
    def counts(self, step: int) -> bool:
        """Is the step part of the mean?"""

    @abstractmethod
    def move(self, means: list[Tensor], weights: list[Tensor]) -> None:
        """Take one more step's weights into the means, which hold `num_heard`."""

    @torch.no_grad()
    def hear(self, model: nn.Module, step: int) -> None:
        if not self.counts(step):
            return
        now = weights_of(model)
        if self.num_heard:
            means = [self.weights[name].to(weight.device) for name, weight in now.items()]
            self.move(means, list(now.values()))
        else:
            means = [weight.clone() for weight in now.values()]
        self.weights = dict(zip(now, means, strict=True))
        self.num_heard += 1

    def mean(self) -> Weights:
        return self.weights

    def get_extra_state(self) -> dict[str, Any]:
        return {"num_heard": self.num_heard, "weights": self.weights}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        self.num_heard, self.weights = state["num_heard"], copied(state["weights"])


class EMA(RunningMean):
    """See `EMAParams`."""

    def __init__(self, params: EMAParams, schedule: Schedule) -> None:
        super().__init__()
        self.params = params

    def counts(self, step: int) -> bool:
        return True

    def move(self, means: list[Tensor], weights: list[Tensor]) -> None:
        decay = min(self.params.decay, (1 + self.num_heard) / (self.params.ramp + self.num_heard))
        get_ema_multi_avg_fn(decay)(means, weights, self.num_heard)  # type: ignore[no-untyped-call]


class SWA(RunningMean):
    """See `SWAParams`."""

    def __init__(self, params: SWAParams, schedule: Schedule) -> None:
        super().__init__()
        self.first = round((1 - params.share) * schedule.num_steps)
        self.every = params.every_steps

    def counts(self, step: int) -> bool:
        return step >= self.first and (step - self.first) % self.every == 0

    def move(self, means: list[Tensor], weights: list[Tensor]) -> None:
        get_swa_multi_avg_fn()(means, weights, self.num_heard)  # type: ignore[no-untyped-call]


class LastLegs(Averaging):
    """See `CheckpointAveraging`."""

    def __init__(self, params: CheckpointAveraging, schedule: Schedule) -> None:
        super().__init__()
        self.number = params.number
        self.steps_per_leg = schedule.steps_per_leg
        self.legs: list[Weights] = []

    @torch.no_grad()
    def hear(self, model: nn.Module, step: int) -> None:
        if (step + 1) % self.steps_per_leg == 0:
            self.legs = [*self.legs, copied(weights_of(model))][-self.number :]

    @torch.no_grad()
    def mean(self) -> Weights:
        last = self.legs[-1] if self.legs else {}
        return {
            name: torch.stack([leg[name].to(weight.device) for leg in self.legs]).mean(0)
            for name, weight in last.items()
        }

    def get_extra_state(self) -> list[Weights]:
        return self.legs

    def set_extra_state(self, state: list[Weights]) -> None:
        self.legs = state


def weights_of(model: nn.Module) -> Weights:
    """The parameters as they are now, not copied."""
    return {name: weight.detach() for name, weight in model.named_parameters()}


def copied(weights: Weights) -> Weights:
    """The same numbers, which nobody else moves."""
    return {name: weight.clone() for name, weight in weights.items()}


_KINDS: Final[dict[str, Callable[[Any, Schedule], Averaging]]] = {
    "none": lambda params, schedule: Averaging(),
    "ema": EMA,
    "swa": SWA,
    "checkpoints": LastLegs,
}


def build_averaging(params: AveragingParams, schedule: Schedule) -> Averaging:
    """Who forms the mean that the settings ask for."""
    return _KINDS[params.kind](params, schedule)
