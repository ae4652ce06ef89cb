"""Rotary positions: queries and keys are turned by angles that grow with their position, so that attention sees
distances only (Su et al. 2021, RoFormer, https://arxiv.org/abs/2104.09864).

Shapes: B batch, T time, N heads, H head.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Rotation(NamedTuple):
    """The turn at each of T positions."""

    cosine_TH: Tensor
    sine_TH: Tensor
    """Negative in the first half of the head, so that `turn` needs no negation."""

    def turn(self, x_BNTH: Tensor) -> Tensor:
        """Turn each pair (h, h + H/2) of a head's components by its position's angle."""
        swapped_BNTH = torch.roll(x_BNTH, x_BNTH.shape[-1] // 2, dims=-1)
        return x_BNTH * self.cosine_TH.to(x_BNTH.dtype) + swapped_BNTH * self.sine_TH.to(x_BNTH.dtype)


class RotaryPositions(nn.Module):
    """Angles for any position; nothing is learned and no longest position is built in."""

    frequency_H: Tensor

    def __init__(self, head_dim: int, *, base: float) -> None:
        super().__init__()
        half = torch.arange(0, head_dim, 2, dtype=torch.float32) / head_dim
        self.register_buffer("frequency_H", base**-half, persistent=False)

    def forward(self, start: int, length: int) -> Rotation:
        """The rotation of the positions `start` to `start + length - 1`."""
        position_T = torch.arange(start, start + length, dtype=torch.float32, device=self.frequency_H.device)
        angle_TH = position_T[:, None] * self.frequency_H
        cosine_TH, sine_TH = angle_TH.cos(), angle_TH.sin()
        return Rotation(torch.cat([cosine_TH, cosine_TH], -1), torch.cat([-sine_TH, sine_TH], -1))
