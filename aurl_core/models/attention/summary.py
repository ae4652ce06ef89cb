"""`Summary`: one key and one value for each block of tokens. Who sees a summary is said in band.py.

Shapes: B batch, T time, M blocks, L tokens of a block, N heads, H head.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Summary(nn.Module):
    """Weighted means of a block's keys and values, by weights that each head learns to read off the values.

    The keys are summed as they come, turned to their positions. A query's score of a summary is then the weighted mean
    of its scores of the block's tokens: summaries need no position of their own, and see distances as tokens do; turns
    much faster than a block cancel out, and what is left tells how far away the block is. At first all weights are
    equal.
    """

    def __init__(self, *, num_heads: int, head_dim: int) -> None:
        super().__init__()
        self.weight_NH = nn.Parameter(torch.zeros(num_heads, head_dim))

    def forward(self, key_BNTH: Tensor, value_BNTH: Tensor, *, length: int) -> tuple[Tensor, Tensor]:
        """Keys and values (B, N, M, H) of the blocks of `length` tokens, of which T is a multiple."""
        shape = (*key_BNTH.shape[:2], key_BNTH.shape[2] // length, length, key_BNTH.shape[3])
        key_BNMLH, value_BNMLH = key_BNTH.reshape(shape), value_BNTH.reshape(shape)
        score_BNML = torch.einsum("bnmlh,nh->bnml", value_BNMLH, self.weight_NH)
        weight_BNM1L = score_BNML.softmax(dim=-1).unsqueeze(-2).to(value_BNMLH.dtype)
        return (weight_BNM1L @ key_BNMLH).squeeze(-2), (weight_BNM1L @ value_BNMLH).squeeze(-2)
