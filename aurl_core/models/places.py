"""Where in its segment each token stands: which bar, and where in it. Read off the tokens up to it and no further.

Shapes: B batch, T time, V vocabulary, D model, F features.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from aurl_core.tokens.traits import TokenTraits

_INITIAL_DEVIATION: Final = 0.01
"""So that at first places do not drown the tokens to whose embedding they are added."""
_PERIODS_BEATS: Final = (8.0, 4.0, 2.0, 1.0, 0.5, 0.25)
"""Of the waves by which a network sees a place in a bar, in quarter notes."""


class Places(NamedTuple):
    """Where the clock stands after each token."""

    bar_BT: Tensor
    """Number of the bar, from 0; what comes before the first bar line belongs to bar 0."""
    beat_BT: Tensor
    """Quarter notes since the bar began."""


class Clock(NamedTuple):
    """Where sequences stand from which more tokens follow."""

    bar_B: Tensor
    """As in `Places`; -1 before the first bar line."""
    beat_B: Tensor


class PlaceReader(nn.Module):
    """From tokens to places. What each token does to the clock is kept with the weights."""

    is_bar_V: Tensor
    beat_V: Tensor

    def __init__(self, traits: TokenTraits) -> None:
        super().__init__()
        self.register_buffer("is_bar_V", torch.from_numpy(traits.is_bar_V.copy()))
        self.register_buffer("beat_V", torch.from_numpy(traits.position_beats_V.copy()))

    def start(self, batch_size: int) -> Clock:
        """Where sequences stand before their first token."""
        bar_B = torch.full((batch_size,), -1, device=self.beat_V.device)
        return Clock(bar_B, torch.zeros(batch_size, device=self.beat_V.device))

    def forward(self, token_ids_BT: Tensor, clock: Clock | None = None) -> tuple[Places, Clock]:
        """The places of tokens that follow where the clock stands, and where it stands after them."""
        clock = clock or self.start(len(token_ids_BT))
        is_bar_BT = self.is_bar_V[token_ids_BT]
        counted_BT = clock.bar_B[:, None] + is_bar_BT.cumsum(1)
        said_BT = torch.where(is_bar_BT, 0.0, self.beat_V[token_ids_BT])
        beat_BT = _latest(torch.cat([clock.beat_B[:, None], said_BT], 1))[:, 1:]
        return Places(counted_BT.clamp(min=0), beat_BT), Clock(counted_BT[:, -1], beat_BT[:, -1])


class PlaceEmbedding(nn.Module):
    """A vector for each place in a segment of `num_bars` bars: of its bar, and of its moment in the bar."""

    period_F: Tensor

    def __init__(self, num_bars: int, model_dim: int) -> None:
        super().__init__()
        self.bar = nn.Embedding(num_bars, model_dim)
        self.beat = nn.Linear(2 * len(_PERIODS_BEATS), model_dim, bias=False)
        self.register_buffer("period_F", torch.tensor(_PERIODS_BEATS), persistent=False)
        for weight in self.parameters():
            nn.init.normal_(weight, std=_INITIAL_DEVIATION)

    def forward(self, places: Places) -> Tensor:
        """places -> x_BTD; bars beyond the segment's are those of the next one."""
        angle_BTF = 2 * torch.pi * places.beat_BT[..., None] / self.period_F
        wave_BTF = torch.cat([angle_BTF.cos(), angle_BTF.sin()], -1)
        x_BTD: Tensor = self.bar(places.bar_BT % self.bar.num_embeddings) + self.beat(wave_BTF)
        return x_BTD


def _latest(value_BT: Tensor) -> Tensor:
    """At each time the latest value that is not negative.

    >>> _latest(torch.tensor([[2.0, -1.0, 5.0, -1.0]])).tolist()
    [[2.0, 2.0, 5.0, 5.0]]
    """
    time_T = torch.arange(value_BT.shape[1], device=value_BT.device)
    said_at_BT = torch.where(value_BT >= 0, time_T, 0).cummax(1).values
    return value_BT.gather(1, said_at_BT)
