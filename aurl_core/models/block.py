"""One layer of the transformer: attention, then a feed-forward network, each normed before and added to the stream.

Shapes: B batch, T time, D model.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from aurl_core.models.attention.kv_cache import Memory
from aurl_core.models.attention.registry import build_attention
from aurl_core.models.norm import RMSNorm
from aurl_core.models.params import DecoderConfig
from aurl_core.models.positions import Rotation


class Block(nn.Module):
    """Pre-normed residual block; drop-out acts on what is added to the stream, which at first is nothing."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(config.model_dim)
        self.attention = build_attention(config)
        self.feedforward_norm = RMSNorm(config.model_dim)
        self.feedforward = feedforward(config)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x_BTD: Tensor, rotation: Rotation, memory: Memory | None = None) -> Tensor:
        """The stream (B, T, D) after attention and feed-forward; with a memory, of the tokens that are new."""
        x_BTD = x_BTD + self.dropout(self.attention(self.attention_norm(x_BTD), rotation, memory))
        y_BTD: Tensor = x_BTD + self.dropout(self.feedforward(self.feedforward_norm(x_BTD)))
        return y_BTD


def feedforward(config: DecoderConfig) -> nn.Module:
    """The feed-forward network that the configuration names."""
    return {"swiglu": SwiGLU, "gelu": GELU}[config.feedforward](config.model_dim, config.feedforward_dim)


class SwiGLU(nn.Module):
    """down(silu(gate(x)) * up(x)) (Shazeer 2020, https://arxiv.org/abs/2002.05202)."""

    def __init__(self, model_dim: int, inner_dim: int) -> None:
        super().__init__()
        self.gate = nn.Linear(model_dim, inner_dim, bias=False)
        self.up = nn.Linear(model_dim, inner_dim, bias=False)
        self.down = nn.Linear(inner_dim, model_dim, bias=False)
        nn.init.zeros_(self.down.weight)

    def forward(self, x_BTD: Tensor) -> Tensor:
        y_BTD: Tensor = self.down(F.silu(self.gate(x_BTD)) * self.up(x_BTD))
        return y_BTD


class GELU(nn.Module):
    """down(gelu(up(x)))."""

    def __init__(self, model_dim: int, inner_dim: int) -> None:
        super().__init__()
        self.up = nn.Linear(model_dim, inner_dim, bias=False)
        self.down = nn.Linear(inner_dim, model_dim, bias=False)
        nn.init.zeros_(self.down.weight)

    def forward(self, x_BTD: Tensor) -> Tensor:
        y_BTD: Tensor = self.down(F.gelu(self.up(x_BTD)))
        return y_BTD
