"""`Encoder`: reads a segment at once, each token in the light of all others. What is made of it stands in latent.py.

Shapes: B batch, T time, S keys, D model, N heads, H head.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from aurl_core.models.block import feedforward
from aurl_core.models.norm import RMSNorm
from aurl_core.models.params import VariationalConfig
from aurl_core.models.positions import RotaryPositions, Rotation


class Encoder(nn.Module):
    """Pre-norm transformer without a causal mask, with rotary positions; padding is never looked at."""

    def __init__(self, config: VariationalConfig) -> None:
        super().__init__()
        self.positions = RotaryPositions(config.head_dim, base=config.rotary_base)
        self.blocks = nn.ModuleList(EncoderBlock(config) for _ in range(config.encoder.num_layers))
        self.norm = RMSNorm(config.model_dim)

    def forward(self, x_BTD: Tensor, is_real_BT: Tensor) -> tuple[Tensor, ...]:
        """What each block makes of the embedded tokens (B, T, D), and last the norm of it; False in `is_real_BT` is
        padding."""
        rotation = self.positions(0, x_BTD.shape[1])
        made = []
        for block in self.blocks:
            x_BTD = block(x_BTD, rotation, is_real_BT[:, None, None, :])
            made.append(x_BTD)
        return (*made, self.norm(x_BTD))


class EncoderBlock(nn.Module):
    """Attention to all tokens, then a feed-forward network, each normed before and added to the stream."""

    def __init__(self, config: VariationalConfig) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(config.model_dim)
        self.attention = BidirectionalAttention(config)
        self.feedforward_norm = RMSNorm(config.model_dim)
        self.feedforward = feedforward(config)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x_BTD: Tensor, rotation: Rotation, is_real_B11S: Tensor) -> Tensor:
        """The stream (B, T, D) after attention and feed-forward."""
        x_BTD = x_BTD + self.dropout(self.attention(self.attention_norm(x_BTD), rotation, is_real_B11S))
        y_BTD: Tensor = x_BTD + self.dropout(self.feedforward(self.feedforward_norm(x_BTD)))
        return y_BTD


class BidirectionalAttention(nn.Module):
    """Multi-head attention of each token to all that are real."""

    def __init__(self, config: VariationalConfig) -> None:
        super().__init__()
        self.num_heads = config.num_heads
        self.query = nn.Linear(config.model_dim, config.model_dim, bias=False)
        self.key = nn.Linear(config.model_dim, config.model_dim, bias=False)
        self.value = nn.Linear(config.model_dim, config.model_dim, bias=False)
        self.output = nn.Linear(config.model_dim, config.model_dim, bias=False)
        nn.init.zeros_(self.output.weight)

    def forward(self, x_BTD: Tensor, rotation: Rotation, is_real_B11S: Tensor) -> Tensor:
        """x_BTD -> y_BTD."""
        q_BNTH = rotation.turn(self._heads(self.query(x_BTD)))
        k_BNSH = rotation.turn(self._heads(self.key(x_BTD)))
        v_BNSH = self._heads(self.value(x_BTD))
        y_BNTH = F.scaled_dot_product_attention(q_BNTH, k_BNSH, v_BNSH, attn_mask=is_real_B11S)
        y_BTD: Tensor = self.output(y_BNTH.transpose(1, 2).flatten(2))
        return y_BTD

    def _heads(self, x_BTD: Tensor) -> Tensor:
        return x_BTD.view(*x_BTD.shape[:2], self.num_heads, -1).transpose(1, 2)
