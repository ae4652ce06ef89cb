"""The `model` section: which network, and how large. Its tensors live in the other modules of this room."""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from aurl_core.models.attention.params import AttentionConfig, CausalConfig
from aurl_core.models.discriminator_params import DiscriminatorConfig
from aurl_core.models.latent_params import EncoderConfig, LatentConfig
from aurl_core.section import Section


class StreamConfig(Section):
    """A stream of values beside the tokens, one a token: a chord, a key, a section, a density."""

    name: Literal["chord", "key", "section", "intensity", "density", "tempo", "style"]
    """What it says."""
    num_values: int = Field(ge=1)
    """Values 1 to so many; 0 means that nothing is said."""


class ConditioningConfig(Section):
    """What the model is told of the music beside its tokens."""

    streams: tuple[StreamConfig, ...] = ()
    """One embedding each, added to that of the token."""
    dropout: float = Field(default=0.1, ge=0, lt=1)
    """Share of the sequences from which a stream is withheld while training, each stream by itself."""
    dropout_all: float = Field(default=0.1, ge=0, lt=1)
    """Share of the sequences from which all streams are withheld, so that the model also learns to do without
    (classifier-free guidance: Ho and Salimans 2022, https://arxiv.org/abs/2207.12598)."""


class DecoderConfig(Section):
    """What all modes share: a causal transformer from tokens to the logits of the next one."""

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
    embedding_dropout: float = Field(default=0.0, ge=0, lt=1)
    """Share of the stream that is dropped before the first block while training; 0 is off."""
    layer_drop: float = Field(default=0.0, ge=0, lt=1)
    """Share of the sequences that skip the last block's contributions while training; blocks below are skipped less, in
    proportion to their height (stochastic depth: Huang et al. 2016, https://arxiv.org/abs/1603.09382). 0 is off."""
    norm: Literal["rmsnorm", "layernorm"] = "rmsnorm"
    """How the stream is brought to one size: by its root mean square, or also about its mean."""
    norm_position: Literal["before", "around", "after"] = "before"
    """Where a block norms: what its parts read, also what they add, or the stream after each."""
    query_key_norm: bool = False
    """Are queries and keys normed in each head, so that no attention can grow too sharp (Henry et al. 2020,
    https://arxiv.org/abs/2010.04245)?"""
    rotary_base: float = Field(default=10_000.0, gt=1)
    """The slowest rotation of the positions takes about 2 pi times as many tokens."""
    attention: AttentionConfig = CausalConfig()
    """How tokens look back."""
    positions: Literal["rotary", "musical"] = "rotary"
    """Where a token stands: its number, by rotation; or also its place in the beat, the bar, groups of bars and time,
    read off the tokens before it."""
    relative_pitches: int = Field(default=0, ge=0, le=16)
    """Pitches are also predicted as intervals from the last so many notes and the last two of the track that plays; 0
    is off."""
    matches: int = Field(default=0, ge=0, le=4)
    """The model is told what followed the so many longest stretches that were said before, both in the same key and in
    any; 0 is off."""
    conditioning: ConditioningConfig = ConditioningConfig()
    gradient_checkpointing: bool = False
    """Compute each block again in the backward pass instead of keeping what is inside it: less memory, more time."""

    @property
    def head_dim(self) -> int:
        """Width of one head."""
        return self.model_dim // self.num_heads

    @property
    def hears_music(self) -> bool:
        """Is anything read off the tokens but the tokens themselves?"""
        return self.positions == "musical" or self.relative_pitches > 0 or self.matches > 0

    @model_validator(mode="after")
    def _heads_fit(self) -> Self:
        if self.model_dim % (2 * self.num_heads):
            raise ValueError(
                f"model.model_dim {self.model_dim} is not a multiple of twice model.num_heads {self.num_heads}: each "
                f"head needs an even width; take model_dim {2 * self.num_heads * 16} or another number of heads"
            )
        return self

    @model_validator(mode="after")
    def _attention_fits(self) -> Self:
        self.attention.check(num_heads=self.num_heads, context_length=self.context_length)
        return self


class TransformerConfig(DecoderConfig):
    """A causal decoder-only transformer."""

    mode: Literal["transformer"] = "transformer"
    """The kind of network."""


class VariationalConfig(DecoderConfig):
    """What both autoencoders share: an encoder of segments of some bars, and latents that the decoder is told."""

    encoder: EncoderConfig
    latent: LatentConfig


class VAEConfig(VariationalConfig):
    """A variational autoencoder (Kingma and Welling 2014, https://arxiv.org/abs/1312.6114)."""

    mode: Literal["vae"] = "vae"
    """The kind of network."""


class VAEGANConfig(VariationalConfig):
    """A VAE whose decoder also learns from a discriminator (Larsen et al. 2016, https://arxiv.org/abs/1512.09300)."""

    mode: Literal["vae_gan"] = "vae_gan"
    """The kind of network."""
    discriminator: DiscriminatorConfig


ModelConfig = Annotated[TransformerConfig | VAEConfig | VAEGANConfig, Field(discriminator="mode")]
"""The networks that `registry.build` knows, told apart by `mode`."""

MODEL_CONFIG: Final[TypeAdapter[TransformerConfig | VAEConfig | VAEGANConfig]] = TypeAdapter(ModelConfig)
"""Checks the settings of a network that stand in a file of their own."""
