"""`Band`: which tokens and which summaries of blocks of tokens a query sees. The one rule of all windowed kinds.

Shapes: T queries, S keys of tokens, M summaries; any further axes stand in front.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor


class Band(NamedTuple):
    """A query at t sees the tokens t - local + 1 to t, and blocks of `summary_length` tokens, each by one summary.

    A block comes in sight when its first token leaves the local ones, and leaves when `num_summaries` later ones are in
    sight. As it is not longer than the local span it is complete by then: no summary knows of the query's future, and
    no token between the oldest block and the query is unseen.
    """

    local: int
    """Tokens seen one by one, the query's own included; at least `summary_length`."""
    summary_length: int = 1
    """Tokens of a block; block m begins with token m * summary_length."""
    num_summaries: int = 0
    """Blocks in sight at most."""

    def newest_block(self, time: int) -> int:
        """The last block that a query at `time` sees; below 0 if it sees none.

        >>> [Band(local=4, summary_length=2, num_summaries=3).newest_block(time) for time in (3, 4, 5, 6)]
        [-1, 0, 0, 1]
        """
        return (time - self.local) // self.summary_length

    def oldest_block(self, time: int) -> int:
        """The first block that a query at `time` sees; below 0 if there are no more than it sees."""
        return self.newest_block(time) - self.num_summaries + 1

    def bias(self, query_T: Tensor, key_S: Tensor, block_M: Tensor, *, dtype: torch.dtype) -> Tensor:
        """What the scores of the summaries and of the tokens get added (T, M + S): minus infinity if they are not seen.

        `query_T` and `key_S` are times, `block_M` numbers of blocks; those below 0 do not exist. A summary gets
        log(summary_length), so that it weighs what its tokens would with the same score.
        """
        age_TS = query_T[..., :, None] - key_S[..., None, :]
        sees_TS = (age_TS >= 0) & (age_TS < self.local) & (key_S[..., None, :] >= 0)
        newest_T1 = torch.div(query_T - self.local, self.summary_length, rounding_mode="floor")[..., :, None]
        block_1M = block_M[..., None, :]
        sees_TM = (block_1M >= 0) & (block_1M <= newest_T1) & (block_1M > newest_T1 - self.num_summaries)
        weight_TMS = torch.cat([sees_TM.float() * self.summary_length, sees_TS.float()], dim=-1)
        return weight_TMS.log_().to(dtype)


def causal_bias(num_queries: int, num_keys: int, *, window: int, like: Tensor) -> Tensor | None:
    """The bias (T, S) of the last `num_queries` of keys of which each sees `window`; None for a single query."""
    if num_queries == 1:
        return None
    time_S = torch.arange(num_keys, device=like.device)
    return Band(window).bias(time_S[-num_queries:], time_S, time_S[:0], dtype=like.dtype)
