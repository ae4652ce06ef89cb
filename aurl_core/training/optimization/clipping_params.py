"""`train.optimizer.clip`: what is done about gradients that are too large. The formulas live in clipping.py."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aurl_core.section import Section


class NoClip(Section):
    """Gradients are taken as they are."""

    kind: Literal["off"]
    """What is limited."""


class NormClip(Section):
    """All gradients together are scaled down to a norm."""

    kind: Literal["norm"] = "norm"
    """What is limited."""
    norm: float = Field(default=1.0, gt=0)
    """The largest norm."""


class AdaptiveClip(Section):
    """All gradients together are scaled down to what has been usual lately, so that the limit finds itself (after
    Seetharaman et al. 2020, https://arxiv.org/abs/2007.14469)."""

    kind: Literal["adaptive"]
    """What is limited."""
    window: int = Field(default=200, ge=2)
    """Steps whose norms are remembered."""
    quantile: float = Field(default=0.5, ge=0, le=1)
    """Which of those norms is the usual one: 0.5 is the median."""
    factor: float = Field(default=2.0, gt=0)
    """The largest norm, as a multiple of the usual one."""
    norm: float = Field(default=1.0, gt=0)
    """The largest norm while fewer than `least_history` norms are known."""
    least_history: int = Field(default=20, ge=1)
    """So many norms must be known."""


class ValueClip(Section):
    """Every single number of the gradients is limited."""

    kind: Literal["value"]
    """What is limited."""
    value: float = Field(gt=0)
    """The largest magnitude."""


class UnitClip(Section):
    """The gradient of each unit, a row of a matrix, is scaled down to a share of the unit's own norm (adaptive gradient
    clipping: Brock et al. 2021, https://arxiv.org/abs/2102.06171)."""

    kind: Literal["agc"]
    """What is limited."""
    share: float = Field(default=0.01, gt=0)
    """The largest norm of a unit's gradient, as a share of the norm of its weights."""
    least_norm: float = Field(default=1e-3, gt=0)
    """Units with smaller weights count as having this norm, so that what begins at 0 can leave it."""


ClipParams = Annotated[NormClip | AdaptiveClip | ValueClip | UnitClip | NoClip, Field(discriminator="kind")]
"""What is done about large gradients, told apart by `kind`."""
