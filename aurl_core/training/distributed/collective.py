"""What processes tell each other while training: sums and means of a few numbers. Gradients are the strategies' own.

In one process each of these gives back what it was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor
from torch import distributed as dist

Value = TypeVar("Value")


def sum_of_all(values: Tensor) -> Tensor:
    """The sum over all processes of tensors of one shape."""
    if not is_together():
        return values
    total = values.detach().clone()
    dist.all_reduce(total)
    return total


def means_of_all(values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The mean over all processes of single numbers by name; the names are the same in all."""
    if not is_together() or not values:
        return dict(values)
    together = sum_of_all(torch.stack([value.detach().float() for value in values.values()])) / dist.get_world_size()
    return dict(zip(values, together.unbind(), strict=True))


def said_by_first(value: Value) -> Value:
    """What the first process has, in all: what is decided by it is then decided alike."""
    if not is_together():
        return value
    told = [value]
    dist.broadcast_object_list(told)
    return told[0]


def is_together() -> bool:
    """Are there other processes?"""
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1
