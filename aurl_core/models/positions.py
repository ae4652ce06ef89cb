"""Where a token stands: its number in the sequence, and its place in the music.

Rotary positions: queries and keys are turned by angles that grow with their position, so that attention sees distances
only (Su et al. 2021, RoFormer, https://arxiv.org/abs/2104.09864). Musical positions are read off the tokens before:
where in its beat, its bar, among bars and in time a token stands. Neither knows a longest position.

Shapes: B batch, T time, S tokens in sight, N heads, H head, D model, C cycles.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from aurl_core.models.history import TICKS_PER_BEAT, Reading

PARTS_OF_A_BAR: Final = (1, 2, 3, 4)
"""Each part of a bar is a cycle."""
BARS_OF_A_CYCLE: Final = (2, 4, 8)
PARTS_OF_A_BEAT: Final = (1, 2, 3, 4, 6, 8, 12)
"""Counted from the bar's beginning."""
BEATS_OF_A_CYCLE: Final = (2, 3, 4, 6, 8, 16)
"""Counted from the piece's beginning. Longer ones would not come round while a usual context lasts."""
CYCLES: Final = (PARTS_OF_A_BAR, BARS_OF_A_CYCLE, PARTS_OF_A_BEAT, BEATS_OF_A_CYCLE)


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


class MusicalPositions(nn.Module):
    """x += W [sin 2 pi a, cos 2 pi a], where a cycle has turned a times; at first nothing.

    Cycles come round, so that a place far beyond those of training looks like places that training knew.
    """

    def __init__(self, model_dim: int) -> None:
        super().__init__()
        self.told = nn.Linear(2 * sum(map(len, CYCLES)), model_dim, bias=False)
        nn.init.zeros_(self.told.weight)

    def forward(self, reading: Reading, *, num_new: int) -> Tensor:
        """What the places of the last `num_new` tokens say to the stream, x_BTD."""
        angle_BTC = 2 * math.pi * turns(reading.last(num_new))
        x_BTD: Tensor = self.told(torch.cat([angle_BTC.sin(), angle_BTC.cos()], dim=-1))
        return x_BTD


def turns(reading: Reading) -> Tensor:
    """How far each cycle has turned since it came round last, (B, S, C) in [0, 1)."""
    in_bar_BS1, time_BS1 = (reading.time_BS - reading.bar_start_BS)[..., None], reading.time_BS[..., None]
    bar_ticks_BS1 = reading.bar_ticks_BS[..., None]
    bar_BS1 = reading.bar_BS[..., None] + torch.div(in_bar_BS1, bar_ticks_BS1, rounding_mode="floor")
    share_BS1 = in_bar_BS1 % bar_ticks_BS1 / bar_ticks_BS1
    parts_of_bar_C, bars_C, parts_of_beat_C, beats_C = (
        torch.tensor(numbers, device=time_BS1.device) for numbers in CYCLES
    )
    ticks_C = beats_C * TICKS_PER_BEAT
    return torch.cat(
        [
            share_BS1 * parts_of_bar_C % 1,
            (bar_BS1 % bars_C + share_BS1) / bars_C,
            in_bar_BS1 * parts_of_beat_C % TICKS_PER_BEAT / TICKS_PER_BEAT,
            time_BS1 % ticks_C / ticks_C,
        ],
        dim=-1,
    )
