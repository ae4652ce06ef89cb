"""Attention of each token to the last few, however long the piece is.

Shapes: B batch, T time, N heads, H head.
"""

from __future__ import annotations

from torch import Tensor

from aurl_core.models.attention.attention import Attention
from aurl_core.models.attention.band import Band
from aurl_core.models.attention.lookback import Lookback, LookbackMemory
from aurl_core.models.attention.params import SlidingWindowConfig
from aurl_core.models.params import DecoderConfig
from aurl_core.models.positions import Rotation


class SlidingWindowAttention(Attention[LookbackMemory]):
    """Each token sees the last `window`, itself included (Beltagy et al. 2020, https://arxiv.org/abs/2004.05150).

    Layer upon layer, what is further back comes in sight by way of what lies between.
    """

    def __init__(self, config: DecoderConfig, attention: SlidingWindowConfig) -> None:
        super().__init__(config)
        self.lookback = Lookback(Band(attention.window), num_heads=self.num_heads, head_dim=self.head_dim)

    def start_memory(self, batch_size: int) -> LookbackMemory:
        return self.lookback.start_memory(batch_size, like=self.key.weight)

    def _look(
        self, q_BNTH: Tensor, k_BNTH: Tensor, v_BNTH: Tensor, rotation: Rotation, memory: LookbackMemory | None
    ) -> Tensor:
        y_BNTH: Tensor = self.lookback(rotation.turn(q_BNTH), rotation.turn(k_BNTH), v_BNTH, memory)
        return y_BNTH
