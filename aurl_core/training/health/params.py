"""`train.health` and `train.stopping`: what counts as trouble, and when a training has come far enough or needs a lower
rate.

What is done about it lives in watch.py and stopping.py. Imports pydantic alone.
"""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, field_validator

from aurl_core.section import Section

Trouble = Literal["non_finite", "loss_spike", "gradient_spike"]
TROUBLES: tuple[Trouble, ...] = get_args(Trouble)
CURVE_METRICS = ("train_nats_per_token", "validation_nats_per_token", "validation_bits_per_note")
"""What every point of the curve holds."""
SAMPLE_METRICS = (
    "sample_quality",
    "sample_pitch_class_entropy",
    "sample_scale_consistency",
    "sample_pitch_range",
    "sample_consonance",
    "sample_mean_leap",
    "sample_groove_consistency",
    "sample_rhythm_entropy",
    "sample_notes_per_beat",
    "sample_mean_duration",
    "sample_polyphony",
    "sample_repeated_bar_rate",
)
"""What a point holds as well if there are samples: how far they are like real music, and the parts of that."""


class HealthParams(Section):
    """What is watched at each step, and what undoes a trouble: the weights and optimizers go back to the last good
    state, the learning rate is lowered, and learning goes on with the batches that come next."""

    roll_back_on: tuple[Trouble, ...] = ("non_finite", "loss_spike")
    """Which troubles send the training back; the others are told and counted. A step whose loss or gradient is not
    finite is never taken."""
    window_steps: int = Field(default=200, ge=20)
    """Steps before it that a step is judged by; until a quarter of them is there, none is called a spike."""
    spike_deviations: float = Field(default=8.0, gt=0)
    """A step is a spike if its loss or gradient norm is so many robust standard deviations above their median."""
    spike_steps: int = Field(default=8, ge=1)
    """Spikes in a row that are a trouble. A single one is an odd batch, which clipping takes care of."""
    rate_factor: float = Field(default=0.5, gt=0, le=1)
    """By this the learning rate is multiplied at each roll-back, for the rest of the training."""
    max_rollbacks: int = Field(default=5, ge=0)
    """Troubles that are undone; one more ends the training with an error."""


class Rule(Section):
    """A figure of the curve that has to improve from time to time."""

    metric: str
    """`train_nats_per_token`, `validation_nats_per_token`, `validation_bits_per_note`, or with samples
    `sample_quality`, how far they agree with real music, or one of its parts."""
    patience: int = Field(ge=1)
    """Validations in a row without improvement after which the rule is met."""
    min_delta: float = Field(default=0.0, ge=0)
    """What differs by no more than this from the best so far is no improvement."""
    mode: Literal["min", "max"] | None = None
    """Which way is better; without it, `max` for the figures of samples and `min` for all others."""

    @field_validator("metric")
    @classmethod
    def _is_known(cls, metric: str) -> str:
        if metric not in (*CURVE_METRICS, *SAMPLE_METRICS):
            known = ", ".join((*CURVE_METRICS, *SAMPLE_METRICS))
            raise ValueError(f"{metric!r} is no figure of the curve; take one of {known}")
        return metric

    @property
    def is_more_better(self) -> bool:
        """Is a larger value the better one?"""
        return (self.mode or ("max" if self.metric in SAMPLE_METRICS else "min")) == "max"


class PlateauParams(Section):
    """Lowers the learning rate where a figure of the curve stays level."""

    rule: Rule
    """When it is level; after each time it begins to wait anew."""
    factor: float = Field(default=0.5, gt=0, lt=1)
    """By this the learning rate is multiplied, for the rest of the training."""
    least_scale: float = Field(default=0.01, gt=0, le=1)
    """No lower than at this share of the schedule's rate."""


class StoppingParams(Section):
    """When to stop before the budget is spent. Without rules: never."""

    rules: tuple[Rule, ...] = ()
    """Each looks at one figure of the curve."""
    when: Literal["any", "all"] = "all"
    """How many of the rules have to be met at the same validation."""
    least_share: float = Field(default=0.0, ge=0, lt=1)
    """Share of the budget before which it does not stop."""
    plateau: PlateauParams | None = None
    """What lowers the learning rate meanwhile; null is off."""

    @property
    def samples_looked_at(self) -> tuple[str, ...]:
        """The figures of samples that the rules need."""
        rules = (*self.rules, *([self.plateau.rule] if self.plateau else []))
        return tuple(rule.metric for rule in rules if rule.metric in SAMPLE_METRICS)
