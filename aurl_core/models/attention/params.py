"""`model.attention`: how each token looks back, told apart by `kind`. The modules live in the files beside this one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aurl_core.section import Section


class CausalConfig(Section):
    """Each token sees itself and all that came before it, as far as `model.context_length`."""

    kind: Literal["causal"] = "causal"


class RelativeConfig(Section):
    """As causal, with a learned vector for each distance (Shaw et al. 2018, https://arxiv.org/abs/1803.02155)."""

    kind: Literal["relative"] = "relative"
    max_distance: int = Field(default=128, ge=1)
    """Distances in tokens that have a vector of their own; those beyond share the last."""


class SlidingWindowConfig(Section):
    """Each token sees the last `window` tokens, itself included."""

    kind: Literal["sliding_window"] = "sliding_window"
    window: int = Field(default=256, ge=1)
    """Tokens."""


class HierarchicalConfig(Section):
    """Each token sees the last `local` tokens one by one, and what came before them in up to `num_global` summaries."""

    kind: Literal["hierarchical"] = "hierarchical"
    local: int = Field(default=256, ge=1)
    """Tokens seen one by one."""
    num_global: int = Field(default=64, ge=1)
    """The latest so many summaries are seen."""
    summary_length: int = Field(default=32, ge=1)
    """Tokens that one summary stands for."""


class MultiScaleConfig(Section):
    """Heads look at three scales: notes (single tokens), phrases and the piece (summaries of ever more tokens)."""

    kind: Literal["multi_scale"] = "multi_scale"
    note_window: int = Field(default=128, ge=1)
    """Tokens that the heads of the note scale see."""
    phrase_length: int = Field(default=16, ge=2)
    """Tokens that one summary of the phrase scale stands for."""
    piece_length: int = Field(default=64, ge=2)
    """Tokens that one summary of the piece scale stands for."""
    num_summaries: int = Field(default=64, ge=1)
    """The latest so many summaries of each scale are seen."""


AttentionConfig = Annotated[
    CausalConfig | RelativeConfig | SlidingWindowConfig | HierarchicalConfig | MultiScaleConfig,
    Field(discriminator="kind"),
]
"""Which way of looking back, told apart by `kind`."""
