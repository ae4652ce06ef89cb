"""Settings of the discriminator of a VAE-GAN. Its modules live in observation.py and discriminator.py."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from aurl_core.section import Section


class DiscriminatorConfig(Section):
    """Three networks tell real segments from made ones: by a few tokens, by phrases, and by the whole."""

    num_layers: int = Field(default=6, ge=3, multiple_of=3)
    """Layers of the three networks together, the same number each."""
    dim: int = Field(default=128, ge=4)
    """Width of each network, and of the row that it keeps of each token."""
    local_window: int = Field(default=16, ge=2)
    """Tokens that the local network sees at once, at least."""
    phrase_window: int = Field(default=64, ge=2)
    """Tokens that the phrase network sees at once, at least."""
    num_sections: int = Field(default=8, ge=1)
    """Parts of equal length in which the piece network takes a segment, each in its place."""
    spectral_norm: bool = True
    """Keep each layer's largest singular value at 1 (Miyato et al. 2018, https://arxiv.org/abs/1802.05957)."""
    musical_features: bool = True
    """Show it figures of rhythm, harmony, melody and dynamics beside the tokens."""

    @property
    def layers_per_scale(self) -> int:
        """Layers of each of the three networks."""
        return self.num_layers // 3

    @model_validator(mode="after")
    def _phrases_are_longer(self) -> Self:
        if self.phrase_window <= self.local_window:
            raise ValueError(
                f"model.discriminator.phrase_window {self.phrase_window} is not above local_window "
                f"{self.local_window}: phrases are longer than what is near; take {4 * self.local_window}"
            )
        return self
