"""One layer of the transformer: attention, then a feed-forward network, each normed and added to the stream.

Shapes: B batch, T time, D model.
"""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn
from torch.nn import functional as F

from aurl_core.models.attention.kv_cache import Memory
from aurl_core.models.attention.registry import build_attention
from aurl_core.models.norm import build_norm
from aurl_core.models.params import DecoderConfig
from aurl_core.models.positions import Rotation


class Block(nn.Module):
    """Residual block; drop-out acts on what is added to the stream, which at first is nothing.

    `height` is the block's place among all, from above 0 to 1 for the last.
    """

    def __init__(self, config: DecoderConfig, *, height: float = 1.0) -> None:
        super().__init__()
        self.attention_norm = build_norm(config.norm, config.model_dim)
        self.attention = build_attention(config)
        self.feedforward_norm = build_norm(config.norm, config.model_dim)
        self.feedforward = feedforward(config)
        self.dropout = nn.Dropout(config.dropout)
        self.position = config.norm_position
        if self.position == "around":
            self.attention_out_norm = build_norm(config.norm, config.model_dim)
            self.feedforward_out_norm = build_norm(config.norm, config.model_dim)
        self.skipped_share = config.layer_drop * height

    def forward(self, x_BTD: Tensor, rotation: Rotation, memory: Memory | None = None) -> Tensor:
        """The stream (B, T, D) after attention and feed-forward; with a memory, of the tokens that are new."""
        if self.position == "after":
            x_BTD = self.attention_norm(x_BTD + self._added(self.attention(x_BTD, rotation, memory)))
            return cast(Tensor, self.feedforward_norm(x_BTD + self._added(self.feedforward(x_BTD))))
        y_BTD = self.attention(self.attention_norm(x_BTD), rotation, memory)
        x_BTD = x_BTD + self._added(
            self.attention_out_norm(y_BTD.to(x_BTD.dtype)) if self.position == "around" else y_BTD
        )
        y_BTD = self.feedforward(self.feedforward_norm(x_BTD))
        return x_BTD + self._added(
            self.feedforward_out_norm(y_BTD.to(x_BTD.dtype)) if self.position == "around" else y_BTD
        )

    def _added(self, y_BTD: Tensor) -> Tensor:
        """What is left of a contribution while training: some numbers are dropped, some sequences get nothing."""
        y_BTD = self.dropout(y_BTD)
        if not self.training or not self.skipped_share:
            return y_BTD
        return y_BTD * F.dropout(y_BTD.new_ones(len(y_BTD), 1, 1), self.skipped_share)


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
