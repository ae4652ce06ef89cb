"""From `model.attention` to a module. A further kind is its settings in params.py, its file, and its line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from aurl_core.models.attention.attention import Attention
from aurl_core.models.attention.causal import CausalAttention
from aurl_core.models.attention.hierarchical import HierarchicalAttention
from aurl_core.models.attention.multi_scale import MultiScaleAttention
from aurl_core.models.attention.relative import RelativeAttention
from aurl_core.models.attention.sliding_window import SlidingWindowAttention
from aurl_core.models.params import DecoderConfig

KINDS: Final[Mapping[str, Callable[[DecoderConfig, Any], Attention[Any]]]] = {
    "causal": CausalAttention,
    "relative": RelativeAttention,
    "sliding_window": SlidingWindowAttention,
    "hierarchical": HierarchicalAttention,
    "multi_scale": MultiScaleAttention,
}
"""What makes each kind of attention from the model's settings and its own."""


def build_attention(config: DecoderConfig) -> Attention[Any]:
    """The attention of one layer that `config.attention.kind` names."""
    return KINDS[config.attention.kind](config, config.attention)
