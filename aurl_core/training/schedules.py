"""How far a run goes. How the learning rate moves along it is said in optimization/learning_rate.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from aurl_core.training.params import TrainParams


@dataclass(frozen=True, slots=True)
class Schedule:
    """A run as legs of gradient steps of a batch of windows each.

    A leg ends with a checkpoint; some legs are an interval, which ends with a validation.
    """

    num_intervals: int
    legs_per_interval: int
    steps_per_leg: int
    batch_size: int
    context_length: int

    @classmethod
    def of(cls, params: TrainParams, *, context_length: int) -> Self:
        """The schedule that meets the budget to within one step a leg.

        >>> Schedule(num_intervals=4, legs_per_interval=2, steps_per_leg=5, batch_size=2, context_length=64).num_tokens
        5120
        """
        tokens_per_step = params.batch_size * context_length
        num_intervals = max(1, round(params.budget_tokens / params.validate_every_tokens))
        interval_tokens = params.budget_tokens / num_intervals
        legs = max(1, round(interval_tokens / max(params.checkpoints.every_tokens, tokens_per_step)))
        steps = max(1, round(interval_tokens / (legs * tokens_per_step)))
        return cls(num_intervals, legs, steps, params.batch_size, context_length)

    @property
    def tokens_per_step(self) -> int:
        return self.batch_size * self.context_length

    def steps_before(self, leg: int) -> int:
        """Steps taken when a leg (from 0) starts."""
        return leg * self.steps_per_leg

    def tokens_before(self, leg: int) -> int:
        """Tokens seen when a leg (from 0) starts."""
        return self.steps_before(leg) * self.tokens_per_step

    def starts_interval(self, leg: int) -> bool:
        """Is a leg (from 0) the first of its interval? One that is none follows such a leg, or the end."""
        return leg % self.legs_per_interval == 0

    @property
    def num_legs(self) -> int:
        return self.num_intervals * self.legs_per_interval

    @property
    def num_steps(self) -> int:
        return self.num_legs * self.steps_per_leg

    @property
    def num_tokens(self) -> int:
        return self.num_steps * self.tokens_per_step
