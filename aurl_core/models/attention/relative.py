"""Causal attention with a learned vector for each distance.

Shapes: B batch, T queries, S keys, N heads, H head, R distances.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from aurl_core.models.attention.attention import Attention
from aurl_core.models.attention.band import causal_bias
from aurl_core.models.attention.params import RelativeConfig
from aurl_core.models.attention.ring import Ring
from aurl_core.models.params import DecoderConfig
from aurl_core.models.positions import Rotation

_QUERIES: Final = 256
"""Of one part. Longer calls are computed part by part, and each part again in the backward pass."""


class RelativeAttention(Attention[Ring]):
    """softmax((q k + u r) / sqrt(H)) v, where r is the vector of the distance between query and key, q and k are turned
    to their positions, and u is the query as it was before (Shaw et al. 2018, https://arxiv.org/abs/1803.02155, with
    the skewing of Huang et al. 2018, Music Transformer, https://arxiv.org/abs/1809.04281).

    Scores are made for parts of the queries at a time and not kept: memory is O(T H) and one part of O(T) scores a
    query, where the skewing alone takes O(T^2); time is O(T^2). At first all vectors are zero. With a memory, which
    rolls, it is attention with a sliding window of `context_length` tokens.
    """

    def __init__(self, config: DecoderConfig, attention: RelativeConfig) -> None:
        super().__init__(config)
        self.window = config.context_length
        self.distance_NRH = nn.Parameter(torch.zeros(config.num_heads, attention.max_distance, config.head_dim))

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
        turned_BNTH, k_BNSH, v_BNSH = rotation.turn(q_BNTH), rotation.turn(k_BNTH), v_BNTH
        if memory is not None:
            k_BNSH, v_BNSH = memory.extend(k_BNSH, v_BNSH)
        if q_BNTH.shape[2] <= _QUERIES:
            return self._part(q_BNTH, turned_BNTH, k_BNSH, v_BNSH)
        past, parts = k_BNSH.shape[2] - q_BNTH.shape[2], []
        for start in range(0, q_BNTH.shape[2], _QUERIES):
            rows, seen = slice(start, start + _QUERIES), slice(past + start + _QUERIES)
            inputs = (q_BNTH[:, :, rows], turned_BNTH[:, :, rows], k_BNSH[:, :, seen], v_BNSH[:, :, seen])
            parts.append(checkpoint(self._part, *inputs, use_reentrant=False))
        return torch.cat(parts, dim=2)

    def _part(self, q_BNTH: Tensor, turned_BNTH: Tensor, k_BNSH: Tensor, v_BNSH: Tensor) -> Tensor:
        """What the queries of the last T of S tokens see (B, N, T, H)."""
        score_BNTS = turned_BNTH @ k_BNSH.mT + self._by_distance(q_BNTH, k_BNSH.shape[2])
        score_BNTS = score_BNTS * self.head_dim**-0.5
        bias_TS = causal_bias(*score_BNTS.shape[2:], window=self.window, like=score_BNTS)
        if bias_TS is not None:
            score_BNTS = score_BNTS + bias_TS
        y_BNTH: Tensor = score_BNTS.softmax(dim=-1) @ v_BNSH
        return y_BNTH

    def _by_distance(self, q_BNTH: Tensor, num_keys: int) -> Tensor:
        """Each query's product with the vectors of its distances to all keys (B, N, T, S).

        Column c of `product` is for distance S - 1 - c. The query T - 1 - i from the end finds its distance to key s in
        column T - 1 - i + s, so that one element more a row, and leaving out the first T - 1, brings them into place;
        what then stands beyond the query itself belongs to nothing.
        """
        num_queries = q_BNTH.shape[2]
        distance_S = torch.arange(num_keys - 1, -2, -1, device=q_BNTH.device)
        vector_NSH = self.distance_NRH[:, distance_S.clamp(0, self.distance_NRH.shape[1] - 1)]
        product_BNTS = q_BNTH @ vector_NSH.mT
        flat_BNF = product_BNTS.flatten(2)[:, :, num_queries - 1 :]
        return flat_BNF[:, :, : num_queries * num_keys].view(*q_BNTH.shape[:3], num_keys)
