"""Attention in which some heads look at notes, some at phrases and some at the piece.

Shapes: B batch, T time, N heads, H head.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from aurl_core.models.attention.attention import Attention
from aurl_core.models.attention.band import Band
from aurl_core.models.attention.lookback import Lookback, LookbackMemory
from aurl_core.models.attention.params import MultiScaleConfig
from aurl_core.models.params import DecoderConfig
from aurl_core.models.positions import Rotation


class MultiScaleMemory:
    """What the heads of each scale remember."""

    def __init__(self, scales: Sequence[LookbackMemory]) -> None:
        self.scales = scales

    @property
    def batch_size(self) -> int:
        """Sequences side by side."""
        return self.scales[0].batch_size

    def select(self, rows: Tensor) -> None:
        """Keep only the sequences at `rows` (indices or a mask)."""
        for memory in self.scales:
            memory.select(rows)


class MultiScaleAttention(Attention[MultiScaleMemory]):
    """A third of the heads each, the rest to the notes: single tokens, phrases, the piece.

    A head of phrases sees the last `phrase_length` tokens, and before them summaries of so many tokens each; a head of
    the piece likewise by `piece_length`. Only blocks that are complete have summaries, so that no head sees the future.
    """

    def __init__(self, config: DecoderConfig, attention: MultiScaleConfig) -> None:
        super().__init__(config)
        third = config.num_heads // 3
        self.heads = [config.num_heads - 2 * third, third, third]
        bands = (
            Band(attention.note_window),
            Band(attention.phrase_length, attention.phrase_length, attention.num_summaries),
            Band(attention.piece_length, attention.piece_length, attention.num_summaries),
        )
        self.scales = nn.ModuleList(
            Lookback(band, num_heads=heads, head_dim=config.head_dim)
            for band, heads in zip(bands, self.heads, strict=True)
        )

    def start_memory(self, batch_size: int) -> MultiScaleMemory:
        scales = cast(Iterable[Lookback], self.scales)
        return MultiScaleMemory([scale.start_memory(batch_size, like=self.key.weight) for scale in scales])

    def _look(
        self, q_BNTH: Tensor, k_BNTH: Tensor, v_BNTH: Tensor, rotation: Rotation, memory: MultiScaleMemory | None
    ) -> Tensor:
        turned = (rotation.turn(q_BNTH), rotation.turn(k_BNTH), v_BNTH)
        by_scale = zip(*(torch.split(x_BNTH, self.heads, dim=1) for x_BNTH in turned), strict=True)
        memories = memory.scales if memory is not None else [None] * len(self.scales)
        seen = [scale(*heads, kept) for scale, heads, kept in zip(self.scales, by_scale, memories, strict=True)]
        return torch.cat(seen, dim=1)
