"""How far a run goes. How the learning rate moves along it is said in optimization/learning_rate.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aurl_core.training.params import TrainParams


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
