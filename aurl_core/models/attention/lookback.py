"""`Lookback`: heads that see what a `Band` lets them, in one pass over a piece or step by step.

Shapes: B batch, T time, S tokens in sight, M summaries in sight, N heads, H head.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aurl_core.models.attention.band import Band, causal_bias
from aurl_core.models.attention.blocks import attend_in_blocks
from aurl_core.models.attention.causal_product import causal_product
from aurl_core.models.attention.ring import Ring
from aurl_core.models.attention.summary import Summary

_AT_ONCE: Final = 128
"""A step takes in as many tokens as are local, or so many if that is more; a longer call is several steps."""


class LookbackMemory:
    """The latest tokens, and the latest summaries: those in sight and those that wait to come in sight."""

    def __init__(self, band: Band, like: Tensor, *, batch_size: int, num_heads: int, head_dim: int) -> None:
        """`like` has the device and the type of what will come."""
        self._band = band
        self._position = 0
        self.longest = max(band.local, _AT_ONCE)
        """The most tokens that one step may bring."""
        shape = {"batch_size": batch_size, "num_heads": num_heads, "head_dim": head_dim}
        self._tokens = Ring(like, **shape, window=band.local, longest=self.longest)
        self._summaries: Ring | None = None
        if band.num_summaries:
            window = band.num_summaries + -(-band.local // band.summary_length)
            self._summaries = Ring(like, **shape, window=window, longest=self.longest // band.summary_length + 1)

    @property
    def batch_size(self) -> int:
        """Sequences side by side."""
        return self._tokens.batch_size

    def extend(self, k_BNTH: Tensor, v_BNTH: Tensor, summary: Summary | None) -> tuple[Tensor, Tensor, Tensor | None]:
        """Take in what is new; the keys and values (B, N, S, H) of summaries and tokens in sight, and their bias."""
        start, self._position = self._position, self._position + k_BNTH.shape[2]
        k_BNSH, v_BNSH = self._tokens.extend(k_BNTH, v_BNTH)
        if summary is None or self._summaries is None:
            bias_TS = causal_bias(k_BNTH.shape[2], k_BNSH.shape[2], window=self._band.local, like=k_BNTH)
            return k_BNSH, v_BNSH, bias_TS
        time_S = torch.arange(self._position - k_BNSH.shape[2], self._position, device=k_BNTH.device)
        k_BNMH, v_BNMH, block_M = self._summarise(k_BNSH, v_BNSH, start, summary, self._summaries)
        bias_TS = self._band.bias(time_S[-k_BNTH.shape[2] :], time_S, block_M, dtype=k_BNTH.dtype)
        return torch.cat([k_BNMH, k_BNSH], dim=2), torch.cat([v_BNMH, v_BNSH], dim=2), bias_TS

    def select(self, rows: Tensor) -> None:
        """Keep only the sequences at `rows` (indices or a mask)."""
        for ring in (self._tokens, self._summaries):
            if ring is not None:
                ring.select(rows)

    def _summarise(
        self, k_BNSH: Tensor, v_BNSH: Tensor, start: int, summary: Summary, summaries: Ring
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Add the summaries of the blocks that tokens from `start` on complete; the summaries that any of these tokens
        sees (B, N, M, H), and their numbers."""
        length, first = self._band.summary_length, self._position - k_BNSH.shape[2]
        whole = slice(start // length * length - first, self._position // length * length - first)
        k_BNMH, v_BNMH = summaries.extend(*summary(k_BNSH[:, :, whole], v_BNSH[:, :, whole], length=length))
        num_complete = self._position // length
        oldest = max(self._band.oldest_block(start), num_complete - k_BNMH.shape[2])
        newest = max(self._band.newest_block(self._position - 1), oldest - 1)
        seen = slice(oldest - num_complete + k_BNMH.shape[2], newest + 1 - num_complete + k_BNMH.shape[2])
        return k_BNMH[:, :, seen], v_BNMH[:, :, seen], torch.arange(oldest, newest + 1, device=k_BNSH.device)


class Lookback(nn.Module):
    """softmax(q k / sqrt(H) + bias) v over the summaries and the tokens that the band lets a query see."""

    def __init__(self, band: Band, *, num_heads: int, head_dim: int) -> None:
        super().__init__()
        self.band = band
        self.num_heads = num_heads
        self.head_dim = head_dim
        self.summary = Summary(num_heads=num_heads, head_dim=head_dim) if band.num_summaries else None

    def forward(self, q_BNTH: Tensor, k_BNTH: Tensor, v_BNTH: Tensor, memory: LookbackMemory | None = None) -> Tensor:
        """What the heads see (B, N, T, H); queries and keys are turned to their positions."""
        if memory is None:
            return self._look(q_BNTH, k_BNTH, v_BNTH)
        parts = zip(*(torch.split(x_BNTH, memory.longest, dim=2) for x_BNTH in (q_BNTH, k_BNTH, v_BNTH)), strict=True)
        return torch.cat([self._step(q, k, v, memory) for q, k, v in parts], dim=2)

    def start_memory(self, batch_size: int, *, like: Tensor) -> LookbackMemory:
        """An empty memory for `batch_size` sequences."""
        return LookbackMemory(self.band, like, batch_size=batch_size, num_heads=self.num_heads, head_dim=self.head_dim)

    def _look(self, q_BNTH: Tensor, k_BNTH: Tensor, v_BNTH: Tensor) -> Tensor:
        if q_BNTH.shape[2] <= self.band.local:  # nothing is out of the local tokens yet
            return causal_product(q_BNTH, k_BNTH, v_BNTH)
        k_BNMH, v_BNMH = self._summaries(k_BNTH, v_BNTH)
        return attend_in_blocks(q_BNTH, (k_BNMH, k_BNTH), (v_BNMH, v_BNTH), band=self.band)

    def _step(self, q_BNTH: Tensor, k_BNTH: Tensor, v_BNTH: Tensor, memory: LookbackMemory) -> Tensor:
        """As `_look`, of what is new given what the memory holds, which learns of it."""
        k_BNSH, v_BNSH, bias_TS = memory.extend(k_BNTH, v_BNTH, self.summary)
        return F.scaled_dot_product_attention(q_BNTH, k_BNSH, v_BNSH, attn_mask=bias_TS)

    def _summaries(self, k_BNTH: Tensor, v_BNTH: Tensor) -> tuple[Tensor, Tensor]:
        """Of all blocks that are complete (B, N, M, H)."""
        if self.summary is None:
            return k_BNTH[:, :, :0], v_BNTH[:, :, :0]
        length = self.band.summary_length
        complete = slice(k_BNTH.shape[2] // length * length)
        k_BNMH, v_BNMH = self.summary(k_BNTH[:, :, complete], v_BNTH[:, :, complete], length=length)
        return k_BNMH, v_BNMH
