"""`train.optimizer.schedule`: how the learning rate moves. The formulas live in learning_rate.py."""

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
    """Up in a straight line, then level: for optimizers that need no schedule, for runs without an end
    in sight, and for `train.stopping.plateau`, which lowers the rate where validation gets no better."""

    kind: Literal["constant"]
    """How the rate moves."""
    warmup_share: Share = 0.02
    """Share of the steps in which the learning rate rises from 0."""


ScheduleParams = Annotated[
    TrapezoidSchedule | CosineSchedule | InverseSquareRootSchedule | OneCycleSchedule | ConstantSchedule,
    Field(discriminator="kind"),
]
"""How the learning rate moves, told apart by `kind`."""
