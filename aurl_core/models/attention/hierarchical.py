"""Attention of each token to the last few one by one, and to summaries of what came before them.

Shapes: B batch, T time, N heads, H head.
"""

from __future__ import annotations

from torch import Tensor

from aurl_core.models.attention.attention import Attention
from aurl_core.models.attention.band import Band
from aurl_core.models.attention.lookback import Lookback, LookbackMemory
from aurl_core.models.attention.params import HierarchicalConfig
from aurl_core.models.params import DecoderConfig
from aurl_core.models.positions import Rotation


class HierarchicalAttention(Attention[LookbackMemory]):
    """Each token sees the last `local`, and up to `num_global` summaries of `summary_length` tokens each before them.

    The local span is that of Longformer (Beltagy et al. 2020, https://arxiv.org/abs/2004.05150); in the place of its
    global tokens, which see the future, are compressed memories (Rae et al. 2020, https://arxiv.org/abs/1911.05507).
    """

    def __init__(self, config: DecoderConfig, attention: HierarchicalConfig) -> None:
        super().__init__(config)
        band = Band(attention.local, attention.summary_length, attention.num_global)
        self.lookback = Lookback(band, num_heads=self.num_heads, head_dim=self.head_dim)

    def start_memory(self, batch_size: int) -> LookbackMemory:
        return self.lookback.start_memory(batch_size, like=self.key.weight)

    def _look(
        self, q_BNTH: Tensor, k_BNTH: Tensor, v_BNTH: Tensor, rotation: Rotation, memory: LookbackMemory | None
    ) -> Tensor:
        y_BNTH: Tensor = self.lookback(rotation.turn(q_BNTH), rotation.turn(k_BNTH), v_BNTH, memory)
        return y_BNTH
