"""How a network begins a training: with whose weights, and which of them move."""

from __future__ import annotations

from aurl_core.models.low_rank import add_adapters
from aurl_core.models.registry import Model
from aurl_core.tokens.vocabulary import Vocabulary
from aurl_core.training.protocol.bundles import adopt, load_bundle
from aurl_core.training.protocol.params import LoraParams, ProtocolParams


def begin(model: Model, params: ProtocolParams, *, before: Model | None, vocabulary: Vocabulary) -> None:
    """Give a network that was just built the weights of the stage `before`, or else those of `warm_start`, if there are
    any; then freeze it beneath adapters if the settings ask for them."""
    if before is not None:
        adopt(model, before, source="the stage before")
    elif params.warm_start:
        source = f"train.protocol.warm_start {params.warm_start!r}"
        adopt(model, load_bundle(params, "warm_start", vocabulary), source=source)
    adapt(model, params.lora)


def adapt(model: Model, params: LoraParams) -> None:
    """Freeze a network beneath adapters, if the settings ask for them."""
    if params.rank:
        add_adapters(
            model,
            rank=params.rank,
            alpha=params.alpha,
            dropout=params.dropout,
            targets=params.targets,
            whole=params.whole,
        )
