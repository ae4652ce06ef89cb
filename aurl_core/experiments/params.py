"""The sections `tune` and `scaling`: which settings a search tries, and which sizes a ladder has.

What a training is like besides is said by the other sections.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from aurl_core.section import Section

Value = bool | int | float | str
"""What a setting can be set to by a search."""


class Dimension(Section):
    """One setting that a search varies: between two ends, or among choices."""

    setting: str = Field(pattern=r"^(train|model|augment)\.[\w.]+$")
    """Dotted, of the sections that a training depends on: `train.optimizer.learning_rate`."""
    low: int | float | None = None
    """Least value. Two whole ends are a range of whole numbers."""
    high: int | float | None = None
    """Greatest value."""
    log: bool = False
    """Is a factor what counts, not a difference? So for learning rates."""
    choices: tuple[Value, ...] = ()
    """Values to choose among, in place of a range."""

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        ends = (self.low, self.high)
        if self.choices:
            if ends != (None, None) or self.log:
                raise ValueError(f"{self.setting} has choices, so low, high and log have to be left out")
        elif self.low is None or self.high is None:
            raise ValueError(f"{self.setting} has low {self.low} and high {self.high}: give both, or choices")
        elif self.low >= self.high:
            raise ValueError(f"{self.setting} goes from low {self.low} to high {self.high}: low must be the smaller")
        elif self.log and self.low <= 0:
            raise ValueError(f"{self.setting} has low {self.low} and log true: by factors one gets nowhere from there")
        return self

    @property
    def ends(self) -> tuple[Value, ...]:
        """The outermost values: if the network can be made with these, the range makes sense."""
        if self.choices:
            return self.choices
        assert self.low is not None
        assert self.high is not None
        return self.low, self.high


class GridParams(Section):
    """Every combination, in order."""

    kind: Literal["grid"] = "grid"
    points: int = Field(default=4, ge=2)
    """Values of each range, evenly spaced, by factors if it is `log`; of choices all are tried."""


class RandomParams(Section):
    """Values drawn evenly, each trial by itself."""

    kind: Literal["random"] = "random"


class TPEParams(Section):
    """Values near those that did well (tree-structured Parzen estimator, Bergstra et al. 2011)."""

    kind: Literal["tpe"] = "tpe"
    startup_trials: int = Field(default=8, ge=1)
    """Trials drawn evenly before what they gave is heeded."""


class NoPrunerParams(Section):
    """Every trial goes on to its end."""

    kind: Literal["none"] = "none"


class MedianParams(Section):
    """A trial ends when it is worse than half of the others were at that point."""

    kind: Literal["median"] = "median"
    startup_trials: int = Field(default=4, ge=1)
    """Trials that go on to their end before any is stopped."""
    warmup_reports: int = Field(default=1, ge=0)
    """Reports of each trial that are not judged."""


class HyperbandParams(Section):
    """Of the trials of a bracket one in `reduction_factor` goes on at each rung (Li et al. 2018)."""

    kind: Literal["hyperband"] = "hyperband"
    reduction_factor: int = Field(default=3, ge=2)
    """So many times longer does each rung's survivor train."""


SamplerParams = Annotated[GridParams | RandomParams | TPEParams, Field(discriminator="kind")]
PrunerParams = Annotated[NoPrunerParams | MedianParams | HyperbandParams, Field(discriminator="kind")]
Metric = Literal["validation_bits_per_note", "validation_nats_per_token"]

_SPACE = (
    Dimension(setting="train.optimizer.learning_rate", low=0.001, high=0.02, log=True),
    Dimension(setting="train.optimizer.weight_decay", low=0.1, high=3.0, log=True),
    Dimension(setting="model.dropout", low=0.0, high=0.4),
)


class TuneParams(Section):
    """A search among settings, each trial a short training."""

    name: str = Field(default="search", pattern=r"^[a-z0-9][a-z0-9_-]*$")
    """What the search is called: one of the same name and the same settings goes on where it was."""
    space: tuple[Dimension, ...] = Field(default=_SPACE, min_length=1)
    """What is varied; everything else stays as the other sections say."""
    sampler: SamplerParams = TPEParams()
    """How values are chosen: `grid`, `random` or `tpe`."""
    pruner: PrunerParams = MedianParams()
    """When a trial that does badly is stopped: `median`, `hyperband` or `none`."""
    num_trials: int = Field(default=16, ge=1)
    """Trials in all, those of earlier runs of this search among them."""
    budget_tokens: int = Field(default=180_000, ge=1)
    """How many tokens each trial learns to predict, in place of `train.budget_tokens`."""
    num_reports: int = Field(default=5, ge=1)
    """Validations of a trial, after each of which it may be stopped."""
    metric: Metric = "validation_bits_per_note"
    """What is to become small."""
    parallel: int = Field(default=1, ge=1)
    """Trials at a time, each in a process of its own with `train.num_threads` threads. With more than one, which values
    `tpe` chooses depends on which trial ends first."""

    @model_validator(mode="after")
    def _names_each_setting_once(self) -> Self:
        names = [dimension.setting for dimension in self.space]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"space names {', '.join(twice)} more than once")
        return self


class ScalingParams(Section):
    """A ladder of trainings, through which a curve is drawn, and the rung above it by which the curve is checked."""

    name: str = Field(default="ladder", pattern=r"^[a-z0-9][a-z0-9_-]*$")
    """What the ladder is called: one of the same name goes on where it was."""
    widths: tuple[int, ...] = Field(default=(48, 96, 144), min_length=3)
    """Values of `model.model_dim`, rising; the feed-forward network grows in proportion."""
    data_shares: tuple[float, ...] = Field(default=(0.125, 0.25, 0.5), min_length=2)
    """Shares of the training pieces, rising. A training on a share of them also learns from that share of
    `budget_tokens`, so that all see each piece equally often."""
    next_width: int = Field(default=192, ge=4)
    """The width that the curve is to foretell."""
    next_share: float = Field(default=1.0, gt=0, le=1)
    """The share of pieces and budget that it is to foretell."""
    budget_tokens: int = Field(default=262_144, ge=1)
    """How many tokens a training on all pieces learns to predict, in place of `train.budget_tokens`."""
    num_resamples: int = Field(default=200, ge=20)
    """Bootstrap refits behind the interval."""
    coverage: float = Field(default=0.9, gt=0, lt=1)
    """How sure the interval is to be."""

    @model_validator(mode="after")
    def _rises(self) -> Self:
        for name, values in (("widths", self.widths), ("data_shares", self.data_shares)):
            if list(values) != sorted(set(values)):
                raise ValueError(f"{name} {list(values)} must rise from one to the next")
        if not 0 < self.data_shares[0] <= self.data_shares[-1] <= 1:
            raise ValueError(f"data_shares {list(self.data_shares)} must lie above 0 and up to 1")
        if self.next_width < self.widths[-1] or self.next_share < self.data_shares[-1]:
            raise ValueError(
                f"next_width {self.next_width} and next_share {self.next_share} must be no smaller than the ladder's "
                f"largest, {self.widths[-1]} and {self.data_shares[-1]}: a curve is checked beyond its points"
            )
        return self
