"""From a configuration to a network. The configurations live in params.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from aurl_core.models.params import ModelConfig
from aurl_core.models.transformer import Transformer
from aurl_core.models.vae import VAE
from aurl_core.models.vae_gan import VAEGAN
from aurl_core.tokens.traits import TokenTraits

Model: TypeAlias = Transformer | VAE
"""What makes music: from tokens to logits, with a cache when it steps."""

MODES: Final[dict[str, Callable[[Any, TokenTraits], Model]]] = {
    "transformer": Transformer,
    "vae": VAE,
    "vae_gan": VAEGAN,
}
"""The network of each mode. A VAE-GAN makes music as the VAE that it is: the discriminator is for training alone."""


def build(config: ModelConfig, traits: TokenTraits) -> Model:
    """The network that `config.mode` names for tokens of these traits, initialised from torch's global generator."""
    return MODES[config.mode](config, traits)
