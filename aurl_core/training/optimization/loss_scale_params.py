"""`train.loss_scale`: what multiplies the loss in fp16, so that small gradients are more than 0; see precision.py."""

from __future__ import annotations

from pydantic import Field

from aurl_core.section import Section


class LossScaleParams(Section):
    """A scale that is halved when a gradient overflows, and that step left out, and doubled after long peace
    (Micikevicius et al. 2018, https://arxiv.org/abs/1710.03740)."""

    start: float = Field(default=65536.0, ge=1)
    """The scale of the first step."""
    peaceful_steps: int = Field(default=2000, ge=1)
    """Steps without overflow after which it doubles."""
