"""Fully sharded data parallelism: each process holds a part of every weight, of its gradient and of what the optimizer
remembers of it, and has a block whole only while it computes it (Zhao et al. 2023, https://arxiv.org/abs/2304.11277).
"""

from __future__ import annotations

from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import fully_shard

from aurl_core.models.transformer import Transformer


def shard_fully(model: Transformer, mesh: DeviceMesh) -> None:
    """Shard each block by itself, and then what is outside of them."""
    for block in model.blocks:
        fully_shard(block, mesh=mesh)
    fully_shard(model, mesh=mesh)
