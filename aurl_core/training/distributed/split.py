"""A network split among processes by the strategy of the settings, and put together again."""

from __future__ import annotations

from typing import cast

import pytorch_lightning as pl
from torch.distributed.tensor import DTensor

from aurl_core.models.registry import Model, build
from aurl_core.models.transformer import Transformer
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.distributed.fsdp import shard_fully
from aurl_core.training.distributed.params import StrategyParams
from aurl_core.training.distributed.tensor import split_tensors
from aurl_core.training.distributed.whole import whole_weights


def split(module: pl.LightningModule, params: StrategyParams) -> None:
    """Split the `model` of a module for fsdp or tensor, once."""
    model = cast(Transformer, module.model)
    if params.kind not in ("fsdp", "tensor") or any(isinstance(one, DTensor) for one in model.parameters()):
        return
    mesh = module.device_mesh
    assert mesh is not None
    if params.kind == "fsdp":
        shard_fully(model, mesh["data_parallel"])
    else:
        split_tensors(model, mesh["tensor_parallel"])


def whole_model(model: Model, traits: TokenTraits, params: StrategyParams) -> Model:
    """The network as one process has it, in the first process; all call it together."""
    if params.kind in ("single", "ddp"):
        return model
    whole = build(model.config, traits)  # type: ignore[arg-type]
    weights = whole_weights(model, in_row=params.kind == "pipeline")
    whole.load_state_dict(weights)
    return whole
