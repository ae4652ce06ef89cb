"""What Lightning's Trainer is told of the processes: strategy, devices, nodes."""

from __future__ import annotations

from typing import Any

from pytorch_lightning.strategies import DDPStrategy

from aurl_core.errors import SettingError
from aurl_core.models.params import ModelConfig
from aurl_core.training.distributed.params import StrategyParams
from aurl_core.training.distributed.sharded import ShardedStrategy
from aurl_core.training.distributed.world import World


def placement(params: StrategyParams, world: World, *, model: ModelConfig) -> dict[str, Any]:
    """The Trainer's arguments.

    `SettingError` if torchrun started several processes for a strategy of one.
    """
    if params.kind == "single":
        if world.size > 1:
            raise SettingError(
                f"train.strategy.kind single is one process, but torchrun started {world.size}; take ddp, fsdp, tensor "
                "or pipeline, or run `python -m tasks train` without torchrun"
            )
        return {"devices": 1}
    return {
        "devices": world.local_size,
        "num_nodes": world.size // world.local_size,
        "strategy": _strategy(params, world, model),
        "inference_mode": params.kind == "ddp",
    }


def _strategy(params: StrategyParams, world: World, model: ModelConfig) -> DDPStrategy | ShardedStrategy:
    if params.kind == "ddp":
        return DDPStrategy(
            forward_sync_buffers=False, find_unused_parameters=_has_idle_weights(model), gradient_as_bucket_view=True
        )
    in_batch, in_model = (world.size, 1) if params.kind == "fsdp" else (1, world.size)
    return ShardedStrategy(data_parallel_size=in_batch, tensor_parallel_size=in_model)


def _has_idle_weights(model: ModelConfig) -> bool:
    """May a step leave weights without a gradient: those of controls that nobody gives, or of latents?"""
    return model.mode != "transformer" or bool(model.conditioning.streams)
