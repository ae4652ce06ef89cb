"""The Lightning strategy of a network of which each process holds a part, on any device (Lightning's FSDP: no CPU).

How it is split is said by the learner's `configure_model`; this takes care of its state, which is written and read as
parts (shards.py), with what is no tensor beside them in one file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from pytorch_lightning.strategies import ModelParallelStrategy
from torch.distributed.fsdp import FSDPModule
from torch.optim import Optimizer

from aurl_core.training.distributed.shards import load_shards, save_shards

REST_FILE: Final = "rest.pt"
"""What is no weight and no tensor of an optimizer; read with `weights_only`."""


class ShardedStrategy(ModelParallelStrategy):
    """FSDP, tensor or pipeline parallelism on any device that torch.distributed has a backend for, CPUs too."""

    def lightning_module_state_dict(self) -> dict[str, Any]:
        """What the module keeps beside its weights."""
        assert self.lightning_module is not None
        weights = {name for name, _ in self.lightning_module.named_parameters()}
        state = self.lightning_module.state_dict()
        return {name: value for name, value in state.items() if name not in weights}

    def optimizer_state(self, optimizer: Optimizer) -> dict[str, Any]:
        """The settings of an optimizer's groups: some keep count there."""
        return {"groups": [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]}

    def save_checkpoint(self, checkpoint: dict[str, Any], filepath: str | Path, storage_options: Any = None) -> None:
        """Write a folder, every process its part; all have written when it returns."""
        assert self.lightning_module is not None
        folder = Path(self.broadcast(str(filepath)))
        folder.mkdir(parents=True, exist_ok=True)
        for module in self.lightning_module.modules():
            if isinstance(module, FSDPModule):
                module.reshard()
        save_shards(folder, self.lightning_module, self.optimizers)
        checkpoint.pop("shown", None)  # the weights again, for who wants them without the rest
        if self.is_global_zero:
            torch.save(checkpoint, folder / REST_FILE)
        self.barrier()

    def load_checkpoint(self, checkpoint_path: str | Path, weights_only: bool | None = None) -> dict[str, Any]:
        """Put the parts that such a folder holds into the network and its optimizers; the rest is returned."""
        assert self.lightning_module is not None
        folder = Path(self.broadcast(str(checkpoint_path)))
        load_shards(folder, self.lightning_module, self.optimizers)
        rest: dict[str, Any] = torch.load(folder / REST_FILE, map_location=self.root_device, weights_only=True)
        for optimizer, state in zip(self.optimizers, rest["optimizer_states"], strict=True):
            for group, settings in zip(optimizer.param_groups, state["groups"], strict=True):
                group.update(settings)
        return rest

    def load_model_state_dict(self, checkpoint: Mapping[str, Any], strict: bool = True) -> None:
        """What the module keeps beside its weights; those are in place already."""
        assert self.lightning_module is not None
        self.lightning_module.load_state_dict(checkpoint["state_dict"], strict=False)
