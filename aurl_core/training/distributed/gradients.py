"""Gradients of which a process may hold parts only: their norm, their clipping, and optimizers that take them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from torch.distributed.tensor import DTensor
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from torch.optim import Optimizer


def gradient_norm(weights: Iterable[Tensor]) -> Tensor:
    """() the norm of all gradients together, the same in all processes."""
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    parts = [get_total_norm(some) for some in _by_kind(gradients)]
    norms = [norm.full_tensor() if isinstance(norm, DTensor) else norm for norm in parts]
    return norms[0] if len(norms) == 1 else torch.linalg.vector_norm(torch.stack(norms))


def clip_gradients(weights: Iterable[Tensor], *, norm: Tensor, most: float) -> None:
    """Scale gradients whose norm together is `norm` down to `most`."""
    for some in _by_kind(list(weights)):
        clip_grads_with_norm_(some, most, norm)


def apart(optimizers: Sequence[Optimizer]) -> list[Optimizer]:
    """The same optimizers with weights that are split in groups of their own: torch steps none together with others."""
    for optimizer in optimizers:
        groups = [group | {"params": some} for group in optimizer.param_groups for some in _by_kind(group["params"])]
        optimizer.param_groups[:] = groups
    return list(optimizers)


def _by_kind(tensors: Sequence[Tensor]) -> list[list[Tensor]]:
    """Those that are split and those that are not, if there are any of a kind."""
    kinds = [[one for one in tensors if isinstance(one, DTensor) is is_split] for is_split in (False, True)]
    return [some for some in kinds if some]
