"""From a configuration to a network. The configurations live in params.py."""

from __future__ import annotations

from aurl_core.models.params import ModelConfig
from aurl_core.models.transformer import Transformer


def build(config: ModelConfig, *, vocab_size: int) -> Transformer:
    """The network that `config.mode` names, freshly initialised from torch's global generator."""
    return {"transformer": Transformer}[config.mode](config, vocab_size)
