"""What became of each component while training, and whether that is a good sign. Where it is written lives in training.

A component's values are kept as they are recorded; running figures forget at the rates below.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, Self

import torch
from torch import Tensor

Verdict = Literal["too early", "steady", "falling", "rising", "spiking", "diverging"]

_SLOW, _FAST = 0.99, 0.9
_EARLIEST: Final = 30
"""Records before a verdict."""
_SPIKE_DEVIATIONS: Final = 6.0
_TREND_DEVIATIONS: Final = 1.0
_SPIKES_REMEMBERED: Final = 100
"""Records after which a spike is forgiven."""
_PATIENCE: Final = 200
"""Records in a row that may rise."""


class Stability(NamedTuple):
    """The running figures of one component."""

    mean: float
    """Exponentially weighted, over about a hundred records."""
    deviation: float
    """The square root of the running variance about the mean of the last ten or so, so that a trend is not noise."""
    num_spikes: int
    """Records ever that were more than six deviations above that mean."""
    verdict: Verdict
    """`spiking`: a spike in the last hundred records; `rising` and `falling`: the mean of the last ten records differs
    from that of the last hundred by a deviation; `diverging`: not a finite number, or rising two hundred records long
    (which a divergence that is annealed in does on purpose)."""


@dataclass
class _Running:
    """Figures that each record moves."""

    slow: float = 0.0
    fast: float = 0.0
    variance: float = 0.0
    num_records: int = 0
    num_spikes: int = 0
    last_spike: int = -_SPIKES_REMEMBERED
    num_rising: int = 0
    is_finite: bool = True

    def move(self, value: float) -> None:
        """Take one more value in; a spike moves the figures as far as six deviations would."""
        self.num_records += 1
        self.is_finite = self.is_finite and math.isfinite(value)
        if not self.is_finite:
            return
        limit = self.fast + _SPIKE_DEVIATIONS * self.deviation
        if self.num_records > _EARLIEST and value > limit:
            self.num_spikes, self.last_spike, value = self.num_spikes + 1, self.num_records, limit
        slow_share, fast_share = (max(1 - memory, 1 / self.num_records) for memory in (_SLOW, _FAST))
        gap = value - self.fast
        self.variance = (1 - slow_share) * (self.variance + slow_share * gap * gap)
        self.slow += slow_share * (value - self.slow)
        self.fast += fast_share * gap
        self.num_rising = self.num_rising + 1 if self.trend > _TREND_DEVIATIONS else 0

    @property
    def deviation(self) -> float:
        """See `Stability.deviation`; never quite 0."""
        return math.sqrt(self.variance) + 1e-12

    @property
    def trend(self) -> float:
        """Deviations by which the last records are above the others."""
        return (self.fast - self.slow) / self.deviation

    @property
    def verdict(self) -> Verdict:
        """See `Stability.verdict`."""
        if not self.is_finite or self.num_rising > _PATIENCE:
            return "diverging"
        if self.num_records < _EARLIEST:
            return "too early"
        if self.num_records - self.last_spike < _SPIKES_REMEMBERED:
            return "spiking"
        if abs(self.trend) > _TREND_DEVIATIONS:
            return "rising" if self.trend > 0 else "falling"
        return "steady"


@dataclass
class LossHistory:
    """The values of each component by step, in the order of recording."""

    steps: dict[str, array[int]] = field(default_factory=dict)
    values: dict[str, array[float]] = field(default_factory=dict)
    _running: dict[str, _Running] = field(default_factory=dict)

    def record(self, step: int, values: Mapping[str, Tensor | float]) -> None:
        """Add what the components were at a step; a component may be absent from some steps."""
        for name, value in values.items():
            number = float(value.detach() if isinstance(value, Tensor) else value)
            self.steps.setdefault(name, array("q")).append(step)
            self.values.setdefault(name, array("d")).append(number)
            self._running.setdefault(name, _Running()).move(number)

    def stability(self) -> dict[str, Stability]:
        """The running figures and the verdict of each component."""
        found = self._running.items()
        return {name: Stability(one.slow, one.deviation, one.num_spikes, one.verdict) for name, one in found}

    def state(self) -> dict[str, list[tuple[int, float]]]:
        """Everything recorded, as plain numbers: (step, value) by component."""
        return {name: list(zip(self.steps[name], self.values[name], strict=True)) for name in self.steps}

    @classmethod
    def of(cls, state: Mapping[str, Iterable[tuple[int, float]]]) -> Self:
        """The history that had this state."""
        history = cls()
        for name, records in state.items():
            for step, value in records:
                history.record(step, {name: value})
        return history


def gradient_shares(values: Mapping[str, Tensor], parameters: Iterable[Tensor]) -> dict[str, float]:
    """The norm of each weighted component's gradient in the parameters, over the sum of these norms: who pulls.

    Costs a backward pass a component, and keeps the graph for the one to come.
    """
    weights = list(parameters)
    norms = {name: _gradient_norm(value, weights) for name, value in values.items()}
    total = sum(norms.values())
    return {name: norm / total if total else 0.0 for name, norm in norms.items()}


def _gradient_norm(value: Tensor, weights: list[Tensor]) -> float:
    gradients = torch.autograd.grad(value, weights, retain_graph=True, allow_unused=True)
    squares = [gradient.float().square().sum() for gradient in gradients if gradient is not None]
    return float(torch.stack(squares).sum().sqrt()) if squares else 0.0
