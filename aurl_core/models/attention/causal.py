"""Attention of each token to itself and what came before it.

Shapes: B batch, T time, D model, N heads, H head.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from aurl_core.models.attention.kv_cache import KVCache
from aurl_core.models.params import DecoderConfig
from aurl_core.models.positions import Rotation


class CausalAttention(nn.Module):
    """Multi-head attention with rotary positions.

    It has no drop-out of its own: on CPU that would throw `scaled_dot_product_attention` off its flash path.
    """

    def __init__(self, config: DecoderConfig, *, layer: int) -> None:
        super().__init__()
        self.layer = layer
        self.num_heads = config.num_heads
        self.query = nn.Linear(config.model_dim, config.model_dim, bias=False)
        self.key = nn.Linear(config.model_dim, config.model_dim, bias=False)
        self.value = nn.Linear(config.model_dim, config.model_dim, bias=False)
        self.output = nn.Linear(config.model_dim, config.model_dim, bias=False)
        nn.init.zeros_(self.output.weight)

    def forward(self, x_BTD: Tensor, rotation: Rotation, cache: KVCache | None = None) -> Tensor:
        """x_BTD -> y_BTD, where y at time t depends on x up to t and on what the cache holds."""
        q_BNTH = rotation.turn(self._heads(self.query(x_BTD)))
        k_BNTH = rotation.turn(self._heads(self.key(x_BTD)))
        v_BNTH = self._heads(self.value(x_BTD))
        if cache is None:
            y_BNTH = F.scaled_dot_product_attention(q_BNTH, k_BNTH, v_BNTH, is_causal=True)
        else:
            sight = cache.extend(self.layer, k_BNTH, v_BNTH)
            y_BNTH = F.scaled_dot_product_attention(q_BNTH, sight.key_BNSH, sight.value_BNSH, attn_mask=sight.mask_TS)
        y_BTD: Tensor = self.output(y_BNTH.transpose(1, 2).flatten(2))
        return y_BTD

    def _heads(self, x_BTD: Tensor) -> Tensor:
        return x_BTD.view(*x_BTD.shape[:2], self.num_heads, -1).transpose(1, 2)
