"""From a configuration to a network. The configurations live in params.py."""

from __future__ import annotations

from aurl_core.models.params import ModelConfig
from aurl_core.models.transformer import Transformer
from aurl_core.tokens.traits import TokenTraits


def build(config: ModelConfig, traits: TokenTraits) -> Transformer:
    """The network that `config.mode` names for tokens of these traits, initialised from torch's global generator."""
    return {"transformer": Transformer}[config.mode](config, traits)
