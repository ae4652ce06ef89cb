"""Tensor parallelism: the heads of each attention and the widths of each feed-forward network, split among processes.

Each process has some rows of the matrices that lead in and the same columns of those that lead out, whose results are
summed (Shoeybi et al. 2019, https://arxiv.org/abs/1909.08053). Embeddings and norms are everywhere; since they have the
same gradients everywhere, they stay the same.
"""

from __future__ import annotations

from typing import Final

from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor.parallel import ColwiseParallel, ParallelStyle, RowwiseParallel, parallelize_module

from aurl_core.models.transformer import Transformer

_INWARD: Final = ("attention.query", "attention.key", "attention.value", "feedforward.gate", "feedforward.up")
_OUTWARD: Final = ("attention.output", "feedforward.down")


def split_tensors(model: Transformer, mesh: DeviceMesh) -> None:
    """Keep of each block's matrices what is this process's."""
    for block in model.blocks:
        present = dict(block.named_modules())
        plan: dict[str, ParallelStyle] = {name: ColwiseParallel() for name in _INWARD if name in present}
        plan |= {name: RowwiseParallel() for name in _OUTWARD}
        parallelize_module(block, mesh, plan)
