"""The `model` section: which network, and how large. Its tensors live in the other modules of this room."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from aurl_core.section import Section


class TransformerConfig(Section):
    """A causal decoder-only transformer."""

    mode: Literal["transformer"]
    """The kind of network."""
    num_layers: int = Field(ge=1)
    """Blocks, one above the other."""
    num_heads: int = Field(ge=1)
    """Attention heads of each block."""
    model_dim: int = Field(ge=4)
    """Width of the residual stream; a multiple of `2 * num_heads`."""
    feedforward: Literal["swiglu", "gelu"]
    """The network between two attentions: gated by SiLU (three matrices), or plain with GELU (two)."""
    feedforward_dim: int = Field(ge=1)
    """Width inside the feed-forward network."""
    context_length: int = Field(ge=2)
    """How many tokens a prediction sees at most."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of each block's contribution that is dropped while training; 0 is off."""
    rotary_base: float = Field(default=10_000.0, gt=1)
    """The slowest rotation of the positions takes about 2 pi times as many tokens."""

    @property
    def head_dim(self) -> int:
        """Width of one head."""
        return self.model_dim // self.num_heads

    @model_validator(mode="after")
    def _heads_fit(self) -> Self:
        if self.model_dim % (2 * self.num_heads):
            raise ValueError(
                f"model.model_dim {self.model_dim} is not a multiple of twice model.num_heads {self.num_heads}: each "
                f"head needs an even width; take model_dim {2 * self.num_heads * 16} or another number of heads"
            )
        return self


ModelConfig = TransformerConfig
"""The networks that `registry.build` knows; a union discriminated on `mode` as soon as there are two."""
