"""`train.optimizer`: how gradients become steps."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aurl_core.section import Section


class OptimizerParams(Section):
    """How gradients become steps."""

    kind: Literal["muon", "adamw"]
    """muon: Muon for the matrices inside the blocks, AdamW for the embedding and the norms; adamw: AdamW for all."""
    learning_rate: float = Field(gt=0)
    """Peak learning rate of AdamW; Muon's updates are scaled to the size of AdamW's, so it is the same for both."""
    weight_decay: float = Field(default=0.0, ge=0)
    """Decay of the matrices inside the blocks, per unit of learning rate; 0 is off."""
    clip_norm: float = Field(gt=0)
    """Gradients are scaled down to this norm."""
    warmup_share: float = Field(ge=0, le=1)
    """Share of the steps in which the learning rate rises from 0."""
    decay_share: float = Field(ge=0, le=1)
    """Share of the steps, at the end, in which the learning rate falls to 0."""
