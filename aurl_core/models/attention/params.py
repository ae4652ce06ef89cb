"""`model.attention`: how each token looks back, told apart by `kind`. The modules live in the files beside this one."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from aurl_core.section import Section


class LookingBack(Section):
    """What all kinds share: they have to fit the rest of the network."""

    def check(self, *, num_heads: int, context_length: int) -> None:
        """ValueError if this kind cannot work with so many heads, or would look back further than the context."""


class CausalConfig(LookingBack):
    """Each token sees itself and all that came before it, as far as `model.context_length`."""

    kind: Literal["causal"] = "causal"


class RelativeConfig(LookingBack):
    """As causal, with a learned vector for each distance (Shaw et al. 2018, https://arxiv.org/abs/1803.02155)."""

    kind: Literal["relative"] = "relative"
    max_distance: int = Field(default=128, ge=1)
    """Distances in tokens that have a vector of their own, from 0 on; those beyond share the last."""


class SlidingWindowConfig(LookingBack):
    """Each token sees the last `window` tokens, itself included."""

    kind: Literal["sliding_window"] = "sliding_window"
    window: int = Field(default=256, ge=1)
    """Tokens."""

    def check(self, *, num_heads: int, context_length: int) -> None:
        """ValueError if the window is longer than the context."""
        if self.window > context_length:
            raise ValueError(
                f"model.attention.window {self.window} is more than model.context_length {context_length}: "
                f"take a window from 1 to {context_length}, or a longer context"
            )


class HierarchicalConfig(LookingBack):
    """Each token sees the last `local` tokens one by one, and what came before them in up to `num_global` summaries."""

    kind: Literal["hierarchical"] = "hierarchical"
    local: int = Field(default=256, ge=1)
    """Tokens seen one by one; at least `summary_length`, so that what leaves them has a summary."""
    num_global: int = Field(default=64, ge=1)
    """The latest so many summaries are seen."""
    summary_length: int = Field(default=16, ge=1)
    """Tokens that one summary stands for."""

    @model_validator(mode="after")
    def _nothing_is_lost(self) -> Self:
        if self.summary_length > self.local:
            raise ValueError(
                f"model.attention.summary_length {self.summary_length} is more than model.attention.local {self.local}:"
                f" tokens would be out of sight before they are summarised; take a length from 1 to {self.local}"
            )
        return self

    def check(self, *, num_heads: int, context_length: int) -> None:
        """ValueError if the oldest summary would be older than the context."""
        reach = self.local + self.num_global * self.summary_length
        if reach > context_length:
            raise ValueError(
                f"model.attention.local {self.local} and num_global {self.num_global} summaries of summary_length "
                f"{self.summary_length} reach back {reach} tokens, further than model.context_length {context_length}: "
                f"take a context of {reach}, or fewer or shorter summaries"
            )


class MultiScaleConfig(LookingBack):
    """Heads look at three scales: notes (single tokens), phrases and the piece (summaries of ever more tokens)."""

    kind: Literal["multi_scale"] = "multi_scale"
    note_window: int = Field(default=128, ge=1)
    """Tokens that the heads of the note scale see."""
    phrase_length: int = Field(default=16, ge=2)
    """Tokens that one summary of the phrase scale stands for; the last so many are seen one by one."""
    piece_length: int = Field(default=64, ge=2)
    """Tokens that one summary of the piece scale stands for; the last so many are seen one by one."""
    num_summaries: int = Field(default=15, ge=1)
    """The latest so many summaries of each scale are seen."""

    @model_validator(mode="after")
    def _phrases_make_pieces(self) -> Self:
        phrase, piece = self.phrase_length, self.piece_length
        if piece <= phrase or piece % phrase:
            raise ValueError(
                f"model.attention.piece_length {piece} is no multiple of model.attention.phrase_length {phrase} that "
                f"is more than it; take {2 * phrase}, {3 * phrase}, {4 * phrase} or the like"
            )
        return self

    def check(self, *, num_heads: int, context_length: int) -> None:
        """ValueError if there are fewer heads than scales, or a scale reaches further than the context."""
        if num_heads < 3:
            raise ValueError(
                f"model.num_heads {num_heads} cannot be shared by three scales: "
                "model.attention.kind multi_scale needs at least 3, best a multiple of 3"
            )
        reach = max(self.note_window, self.piece_length * (1 + self.num_summaries))
        if reach > context_length:
            raise ValueError(
                f"model.attention.note_window {self.note_window}, or piece_length {self.piece_length} with "
                f"num_summaries {self.num_summaries}, reaches back {reach} tokens, further than model.context_length "
                f"{context_length}: take a context of {reach}, a shorter window or fewer or shorter summaries"
            )


AttentionConfig = Annotated[
    CausalConfig | RelativeConfig | SlidingWindowConfig | HierarchicalConfig | MultiScaleConfig,
    Field(discriminator="kind"),
]
"""Which way of looking back, told apart by `kind`."""
