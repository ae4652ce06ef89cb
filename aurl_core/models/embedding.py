"""Tokens to vectors and back, with one matrix (Press and Wolf 2017, https://arxiv.org/abs/1608.05859).

Shapes: B batch, T time, D model, V vocabulary.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

_INITIAL_DEVIATION = 0.02


class TiedEmbedding(nn.Module):
    """A row a token, used for reading tokens and for scoring them."""

    def __init__(self, vocab_size: int, model_dim: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocab_size, model_dim)
        nn.init.normal_(self.table.weight, std=_INITIAL_DEVIATION)

    def forward(self, token_ids_BT: Tensor) -> Tensor:
        """token_ids_BT -> x_BTD."""
        embedded_BTD: Tensor = self.table(token_ids_BT)
        return embedded_BTD

    def logits(self, x_BTD: Tensor) -> Tensor:
        """x_BTD -> logits_BTV."""
        return F.linear(x_BTD, self.table.weight)
