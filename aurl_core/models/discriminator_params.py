"""Settings of the discriminator of a VAE-GAN. Its modules live in discriminator.py."""

from __future__ import annotations

from pydantic import Field

from aurl_core.section import Section


class DiscriminatorConfig(Section):
    """Three networks tell real segments from made ones: by a few tokens, by phrases, and by the whole."""

    num_layers: int = Field(default=6, ge=3, multiple_of=3)
    """Layers of the three networks together, the same number each."""
    dim: int = Field(default=128, ge=4)
    """Width of each network."""
    local_window: int = Field(default=16, ge=2)
    """Tokens that the local network sees at once."""
    phrase_window: int = Field(default=64, ge=2)
    """Tokens that the phrase network sees at once."""
    spectral_norm: bool = True
    """Keep each layer's largest singular value at 1 (Miyato et al. 2018, https://arxiv.org/abs/1802.05957)."""
    musical_features: bool = True
    """Show it figures of rhythm, harmony, melody and dynamics beside the tokens."""
