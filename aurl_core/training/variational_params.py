"""`train.variational`: how much the latents' divergence weighs along a training. The formulas live in beta.py.

Which divergence it is, its free bits and the penalties beside it stand in `train.losses`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aurl_core.section import Section

Weight = Annotated[float, Field(ge=0.5, le=4)]
"""Beta: 1 is the evidence lower bound, more presses the latents towards the prior, less lets them say more."""


class ConstantBeta(Section):
    """The same from beginning to end."""

    kind: Literal["constant"] = "constant"
    end: Weight = 1.0
    """Beta."""


class RampBeta(Section):
    """From `start` to `end`, then level, so that the decoder finds a use for the latents before they are pressed
    (Bowman et al. 2016, https://arxiv.org/abs/1511.06349)."""

    kind: Literal["linear", "exponential", "cosine"]
    """In a straight line, by equal factors, or along half a wave."""
    start: float = Field(default=0.01, gt=0, le=4)
    """Beta at the first step."""
    end: Weight = 1.0
    """Beta after the ramp."""
    share: float = Field(default=0.5, gt=0, le=1)
    """Share of the steps that the ramp takes."""


class CyclicalBeta(Section):
    """Several linear ramps from 0, one after the other (Fu et al. 2019, https://arxiv.org/abs/1903.10145)."""

    kind: Literal["cyclical"]
    end: Weight = 1.0
    """Beta after each ramp."""
    num_cycles: int = Field(default=4, ge=1)
    """Ramps in the training."""
    share: float = Field(default=0.5, gt=0, le=1)
    """Share of a cycle that its ramp takes; then it is level."""


class AdaptiveBeta(Section):
    """Whatever keeps the divergence of a segment at a target: more where it is above, less where it is below
    (a simpler ControlVAE: Shao et al. 2020, https://arxiv.org/abs/2004.05988)."""

    kind: Literal["adaptive"]
    target_nats: float = Field(gt=0)
    """Divergence of a segment's latents, all levels together."""
    start: float = Field(default=0.01, gt=0, le=4)
    """Beta at the first step."""
    end: Weight = 4.0
    """Beta at most."""
    gain: float = Field(default=0.02, gt=0, le=1)
    """By how much the logarithm of beta moves in a step in which the divergence is off by the whole target."""


BetaParams = Annotated[ConstantBeta | RampBeta | CyclicalBeta | AdaptiveBeta, Field(discriminator="kind")]
"""How beta moves, told apart by `kind`."""


class VariationalParams(Section):
    """How a VAE is taught, beside its losses."""

    beta: BetaParams = RampBeta(kind="linear")
