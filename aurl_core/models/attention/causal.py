"""Attention of each token to itself and what came before it.

Shapes: B batch, T time, S in sight, N heads, H head.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from aurl_core.models.attention.attention import Attention
from aurl_core.models.attention.band import causal_bias
from aurl_core.models.attention.causal_product import causal_product
from aurl_core.models.attention.params import CausalConfig
from aurl_core.models.attention.ring import Ring
from aurl_core.models.params import DecoderConfig
from aurl_core.models.positions import Rotation


class CausalAttention(Attention[Ring]):
    """softmax(q k / sqrt(H)) v over all that came before.

    With a memory, which rolls, it is exactly attention with a sliding window of `context_length` tokens, for as long as
    one likes.
    """

    def __init__(self, config: DecoderConfig, attention: CausalConfig) -> None:
        super().__init__(config)
        self.window = config.context_length

    def start_memory(self, batch_size: int) -> Ring:
        return Ring(
            self.key.weight,
            batch_size=batch_size,
            num_heads=self.num_heads,
            head_dim=self.head_dim,
            window=self.window,
            longest=self.window,
        )

    def _look(self, q_BNTH: Tensor, k_BNTH: Tensor, v_BNTH: Tensor, rotation: Rotation, memory: Ring | None) -> Tensor:
        q_BNTH, k_BNTH = rotation.turn(q_BNTH), rotation.turn(k_BNTH)
        if memory is None:
            return causal_product(q_BNTH, k_BNTH, v_BNTH)
        k_BNSH, v_BNSH = memory.extend(k_BNTH, v_BNTH)
        bias_TS = causal_bias(q_BNTH.shape[2], k_BNSH.shape[2], window=self.window, like=q_BNTH)
        return F.scaled_dot_product_attention(q_BNTH, k_BNSH, v_BNSH, attn_mask=bias_TS)
