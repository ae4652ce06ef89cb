"""How far a run goes and how the learning rate moves along it: functions of the step alone, so a resumed run needs no
memory of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aurl_core.training.params import OptimizerParams, TrainParams


@dataclass(frozen=True, slots=True)
class Schedule:
    """A run as intervals of gradient steps of a batch of windows each; an interval ends with a validation."""

    num_intervals: int
    steps_per_interval: int
    batch_size: int
    context_length: int

    @classmethod
    def of(cls, params: TrainParams, *, context_length: int) -> Self:
        """The schedule that meets the budget to within one step an interval.

        >>> Schedule(num_intervals=4, steps_per_interval=10, batch_size=2, context_length=64).num_tokens
        5120
        """
        tokens_per_step = params.batch_size * context_length
        num_intervals = max(1, round(params.budget_tokens / params.validate_every_tokens))
        steps = max(1, round(params.budget_tokens / (num_intervals * tokens_per_step)))
        return cls(num_intervals, steps, params.batch_size, context_length)

    @property
    def tokens_per_step(self) -> int:
        return self.batch_size * self.context_length

    def steps_before(self, interval: int) -> int:
        """Steps taken when an interval (from 0) starts."""
        return interval * self.steps_per_interval

    def tokens_before(self, interval: int) -> int:
        """Tokens seen when an interval (from 0) starts."""
        return self.steps_before(interval) * self.tokens_per_step

    @property
    def num_steps(self) -> int:
        return self.num_intervals * self.steps_per_interval

    @property
    def num_tokens(self) -> int:
        return self.num_steps * self.tokens_per_step


def learning_rate_factor(step: int, num_steps: int, params: OptimizerParams) -> float:
    """The share of the peak learning rate at `step` (from 0): up, level, then down to 0 in straight lines.

    >>> params = OptimizerParams(kind="adamw", learning_rate=1, clip_norm=1, warmup_share=0.2, decay_share=0.5)
    >>> [round(learning_rate_factor(step, 10, params), 2) for step in range(10)]
    [0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 0.8, 0.6, 0.4, 0.2]
    """
    warmup, decay = params.warmup_share * num_steps, params.decay_share * num_steps
    rising = (step + 1) / warmup if warmup else 1.0
    falling = (num_steps - step) / decay if decay else 1.0
    return min(rising, 1.0, falling)
