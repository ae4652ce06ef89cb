"""From the parts that processes hold back to one network, for sampling and for the bundle."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.distributed.tensor import DTensor

from aurl_core.training.distributed.collective import is_together


@torch.no_grad()
def whole_weights(model: nn.Module, *, in_row: bool = False) -> dict[str, Tensor]:
    """All weights of a network by name, whole, in the first process; all call it together.

    `in_row` if each process has other layers, as in a pipeline.
    """
    mine: dict[str, Any] = {name: _whole(weight).cpu() for name, weight in model.state_dict().items()}
    if not (in_row and is_together()):
        return mine
    found: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(found, mine)
    return {name: weight for part in found for name, weight in part.items()}


def _whole(weight: Tensor) -> Tensor:
    return weight.full_tensor() if isinstance(weight, DTensor) else weight.detach()
