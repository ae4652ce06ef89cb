"""`train.optimizer.schedule`: how the learning rate moves. The formulas live in learning_rate.py and plateau.py."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aurl_core.section import Section

Share = Annotated[float, Field(ge=0, le=1)]
"""A share of the steps."""


class TrapezoidSchedule(Section):
    """Up, level, and down to 0 at the end, in straight lines."""

    kind: Literal["trapezoid"] = "trapezoid"
    """How the rate moves."""
    warmup_share: Share = 0.02
    """Share of the steps in which the learning rate rises from 0."""
    decay_share: Share = 0.25
    """Share of the steps, at the end, in which the learning rate falls to 0."""


class CosineSchedule(Section):
    """Up in a straight line, then down along half a wave (Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983)."""

    kind: Literal["cosine"]
    """How the rate moves."""
    warmup_share: Share = 0.02
    """Share of the steps in which the learning rate rises from 0."""
    floor: Share = 0.0
    """Share of the peak at which it ends."""


class InverseSquareRootSchedule(Section):
    """Up in a straight line, then in proportion to one over the root of the step (Vaswani et al. 2017,
    https://arxiv.org/abs/1706.03762), and down to 0 at the end."""

    kind: Literal["inverse_square_root"]
    """How the rate moves."""
    warmup_share: float = Field(default=0.02, gt=0, le=1)
    """Share of the steps in which the learning rate rises from 0."""
    decay_share: Share = 0.0
    """Share of the steps, at the end, in which what is left falls to 0."""


class OneCycleSchedule(Section):
    """Up along half a wave, then down along another (Smith and Topin 2018, https://arxiv.org/abs/1708.07120)."""

    kind: Literal["one_cycle"]
    """How the rate moves."""
    warmup_share: float = Field(default=0.3, gt=0, lt=1)
    """Share of the steps in which the learning rate rises."""
    start: Share = 0.04
    """Share of the peak at which it starts."""
    floor: Share = 0.0
    """Share of the peak at which it ends."""


class ConstantSchedule(Section):
    """Up in a straight line, then level: for optimizers that need no schedule, and for runs without an end in sight."""

    kind: Literal["constant"]
    """How the rate moves."""
    warmup_share: Share = 0.02
    """Share of the steps in which the learning rate rises from 0."""


class PlateauSchedule(Section):
    """Up in a straight line, then level, and lower whenever validation has stopped getting better."""

    kind: Literal["plateau"]
    """How the rate moves."""
    warmup_share: Share = 0.02
    """Share of the steps in which the learning rate rises from 0."""
    factor: float = Field(default=0.5, gt=0, lt=1)
    """What the rate is multiplied by when that has happened."""
    patience: int = Field(default=1, ge=0)
    """Validations that may bring nothing before it happens."""
    least_gain: float = Field(default=0.001, ge=0, lt=1)
    """Share by which the nats of validation must fall below the best so far to count as better."""
    floor: Share = 0.01
    """Share of the peak below which the rate never falls."""


ScheduleParams = Annotated[
    TrapezoidSchedule
    | CosineSchedule
    | InverseSquareRootSchedule
    | OneCycleSchedule
    | ConstantSchedule
    | PlateauSchedule,
    Field(discriminator="kind"),
]
"""How the learning rate moves, told apart by `kind`."""
