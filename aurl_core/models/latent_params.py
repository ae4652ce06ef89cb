"""Settings of the encoder and the latents of a VAE. Their modules live in the files beside this one."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple, Self, TypeAlias

from pydantic import Field, model_validator

from aurl_core.section import Section

Level: TypeAlias = Literal["piece", "phrase", "bar"]
"""What a latent stands for."""


class EncoderConfig(Section):
    """The bidirectional transformer that reads a segment; its heads and widths are those of the decoder."""

    num_layers: int = Field(ge=1)
    """Blocks, one above the other."""


class NormalPriorConfig(Section):
    """The standard normal distribution."""

    kind: Literal["normal"] = "normal"


class MixturePriorConfig(Section):
    """A learned mixture of normal distributions (Tomczak and Welling 2018, https://arxiv.org/abs/1705.07120)."""

    kind: Literal["mixture"] = "mixture"
    num_components: int = Field(default=16, ge=1)
    """Normal distributions in the mixture."""


class FlowPriorConfig(Section):
    """A learned normalizing flow: neural spline flow of zuko (Durkan et al. 2019, https://arxiv.org/abs/1906.04032)."""

    kind: Literal["flow"] = "flow"
    num_transforms: int = Field(default=3, ge=1)
    """Transforms, one after the other."""
    hidden_dim: int = Field(default=64, ge=1)
    """Width inside each."""


PriorConfig = Annotated[NormalPriorConfig | MixturePriorConfig | FlowPriorConfig, Field(discriminator="kind")]
"""What latents are expected to be like, told apart by `kind`."""


class LevelSize(NamedTuple):
    """How many latents of a level a segment has, and how many numbers each."""

    num_places: int
    dim: int


class LatentConfig(Section):
    """Latents of a segment at three levels: one of the piece, one a phrase, one a bar."""

    dim: int = Field(ge=4)
    """Numbers of a latent of the piece, of a phrase and of a bar together: half, a quarter and a quarter of it."""
    bars: int = Field(default=8, ge=1)
    """Bars of a segment at most."""
    phrase_bars: int = Field(default=4, ge=1)
    """Bars of a phrase."""
    prior: PriorConfig = NormalPriorConfig()
    skip: bool = True
    """Tell the latents to each block of the decoder, not to the first alone."""
    normalize_mean: bool = True
    """Batch-normalise the means of the posterior, whose fixed spread keeps it from collapsing
    (Zhu et al. 2020, https://arxiv.org/abs/2004.12585)."""
    mean_scale: float = Field(default=0.7, gt=0)
    """That spread: the standard deviation of each dimension's normalised means; the prior's own is 1."""
    word_dropout: float = Field(default=0.3, ge=0, lt=1)
    """Share of the decoder's input tokens that are hidden while training, so that it needs the latents
    (Bowman et al. 2016, https://arxiv.org/abs/1511.06349)."""

    @property
    def sizes(self) -> dict[Level, LevelSize]:
        """Number and dimension of the latents of a segment, by level.

        >>> LatentConfig(dim=16, bars=6).sizes["phrase"]
        LevelSize(num_places=2, dim=4)
        """
        num_phrases = -(-self.bars // self.phrase_bars)
        return {
            "piece": LevelSize(1, self.dim // 2),
            "phrase": LevelSize(num_phrases, self.dim // 4),
            "bar": LevelSize(self.bars, self.dim // 4),
        }

    @model_validator(mode="after")
    def _splits_in_three(self) -> Self:
        if self.dim % 4:
            raise ValueError(
                f"model.latent.dim {self.dim} does not split in three: the piece has half of it, a phrase and a bar a "
                f"quarter each; take a multiple of 4, such as {self.dim // 4 * 4 or 4} or {self.dim // 4 * 4 + 4}"
            )
        return self

    @model_validator(mode="after")
    def _phrases_fit(self) -> Self:
        if self.phrase_bars > self.bars:
            raise ValueError(
                f"model.latent.phrase_bars {self.phrase_bars} is more than the {self.bars} bars of a segment "
                f"(model.latent.bars); take 1 to {self.bars}"
            )
        return self
