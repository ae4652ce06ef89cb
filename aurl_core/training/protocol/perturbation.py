"""Pushing embedded tokens to where the loss rises fastest (Miyato et al. 2017, arXiv:1605.07725).

What is pushed is the stream before the first block, a tensor that the network takes beside its tokens. Shapes: B batch,
T time, D model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

_OVERSHOOT: Final = 1.5
"""With several steps they together go so much farther than epsilon, that the border is reached from within."""


def push(
    loss_at: Callable[[Tensor], Tensor], clean: Tensor, nowhere_BTD: Tensor, *, length_B: Tensor, steps: int
) -> Tensor:
    """The push of each sequence, root mean square `length_B` over its tokens, that raises the loss by its gradients.

    `clean` is the loss where nothing is pushed, computed of `nowhere_BTD`: zeros that require a gradient. Its graph is
    kept for the step to come.
    """
    stride_B = length_B * min(1.0, _OVERSHOOT / steps)
    push_BTD, loss = nowhere_BTD, clean
    for step in range(steps):
        if step:
            push_BTD.requires_grad_()
            loss = loss_at(push_BTD)
        (gradient_BTD,) = torch.autograd.grad(loss, push_BTD, retain_graph=step == 0)
        push_BTD = _within(push_BTD.detach() + _scaled(gradient_BTD.float(), stride_B), length_B)
    return push_BTD


def norms(embedded_BTD: Tensor) -> Tensor:
    """(B,) the root mean square over time of a vector's length."""
    return embedded_BTD.float().square().sum(-1).mean(-1).sqrt()


def _scaled(gradient_BTD: Tensor, length_B: Tensor) -> Tensor:
    """The gradient made as long as that; one that is 0 stays."""
    found_B = norms(gradient_BTD).clamp(min=torch.finfo(torch.float32).tiny)
    return gradient_BTD * (length_B / found_B)[:, None, None]


def _within(push_BTD: Tensor, length_B: Tensor) -> Tensor:
    """The push, shortened where it is longer than that."""
    found_B = norms(push_BTD).clamp(min=torch.finfo(torch.float32).tiny)
    return push_BTD * (length_B / found_B).clamp(max=1)[:, None, None]
