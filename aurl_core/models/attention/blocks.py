"""Exact attention within a `Band`, in time and memory that grow with T, not with its square.

Queries go in blocks of some hundred; each block is given the stretch of summaries and of tokens that any of its
queries sees, and `scaled_dot_product_attention` does the rest, with one mask for all blocks. Only the first few, whose
stretches begin before the music does, have masks of their own.

Shapes: B batch, T time, N heads, H head; M summaries of a stretch, or of all; K blocks, C queries of a block, S what a
stretch holds; R = B * N rows.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from aurl_core.models.attention.band import Band

_QUERIES: Final = 128
"""Of a block, about: on CPU as fast as 64 and faster than 256, which look at more that is masked."""


def attend_in_blocks(
    q_BNTH: Tensor, keys: tuple[Tensor, Tensor], values: tuple[Tensor, Tensor], *, band: Band
) -> Tensor:
    """What each query sees within the band (B, N, T, H).

    `keys` and `values` are those of the summaries (B, N, M, H) of all complete blocks and of the tokens (B, N, T, H).
    """
    (*rows, length, width), num_summaries, num_queries = q_BNTH.shape, keys[0].shape[2], queries_of_a_block(band)
    q_RKCH = F.pad(q_BNTH, (0, 0, 0, -length % num_queries)).reshape(math.prod(rows), -1, num_queries, width)
    key_BNSH, value_BNSH = torch.cat(keys, dim=2), torch.cat(values, dim=2)
    made = []
    for first, last in _parts(band, q_RKCH.shape[1]):
        place_KS = _places(band, first, last, num_summaries=num_summaries, length=length).to(q_BNTH.device)
        bias_1KCS = _bias(band, first, min(last, _num_early(band) + 1), q_BNTH.dtype, q_BNTH.device)
        k_RKSH, v_RKSH = (_stretches(x_BNSH, place_KS) for x_BNSH in (key_BNSH, value_BNSH))
        made.append(F.scaled_dot_product_attention(q_RKCH[:, first:last], k_RKSH, v_RKSH, attn_mask=bias_1KCS))
    return torch.cat(made, dim=1).reshape(*rows, -1, width)[:, :, :length]


def queries_of_a_block(band: Band) -> int:
    """How many queries are looked after together: whole blocks of summaries, so that all stretches are alike.

    >>> queries_of_a_block(Band(local=256)), queries_of_a_block(Band(local=100, summary_length=48, num_summaries=1))
    (128, 96)
    """
    return max(_QUERIES // band.summary_length, 1) * band.summary_length


def _num_early(band: Band) -> int:
    """Blocks whose stretches begin before the music does."""
    reach = max(band.local, -band.oldest_block(0) * band.summary_length if band.num_summaries else 0)
    return -(-reach // queries_of_a_block(band))


def _parts(band: Band, num_blocks: int) -> list[tuple[int, int]]:
    """The early blocks, and if there are any the later ones."""
    early = min(num_blocks, _num_early(band))
    return [part for part in ((0, early), (early, num_blocks)) if part[0] < part[1]]


def _times(band: Band, first: int, last: int) -> tuple[Tensor, Tensor, Tensor]:
    """Of the blocks `first` to `last - 1`: their queries (K, C), and of their stretches the numbers of the summaries
    (K, M) and the times of the tokens (K, S); below 0 where the music has not begun."""
    num_queries = queries_of_a_block(band)
    start_K1 = torch.arange(first, last)[:, None] * num_queries
    oldest = band.oldest_block(0)
    newest = band.newest_block(num_queries - 1) if band.num_summaries else oldest - 1
    block_M = torch.arange(oldest, newest + 1)
    token_S = torch.arange(-band.local, num_queries)
    return start_K1 + torch.arange(num_queries), start_K1 // band.summary_length + block_M, start_K1 + token_S


def _places(band: Band, first: int, last: int, *, num_summaries: int, length: int) -> Tensor:
    """Where the stretches (K, S) lie in all summaries and after them all tokens; anywhere where there is nothing."""
    _, block_KM, token_KS = _times(band, first, last)
    block_KM, token_KS = block_KM.clamp(0, num_summaries - 1), token_KS.clamp(0, length - 1) + num_summaries
    return torch.cat([block_KM, token_KS], dim=1)


@lru_cache(maxsize=16)
def _bias(band: Band, first: int, last: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """What the scores of these blocks get added (1, K, C, S): the same in every layer and every step."""
    with torch.inference_mode(mode=False):  # or what validation made could not be used in training
        query_KC, block_KM, token_KS = _times(band, first, last)
        return band.bias(query_KC, token_KS, block_KM, dtype=dtype)[None].to(device)


def _stretches(x_BNSH: Tensor, place_KS: Tensor) -> Tensor:
    """x at these places: (R, K, S, H)."""
    return x_BNSH.flatten(0, 1).index_select(1, place_KS.flatten()).view(-1, *place_KS.shape, x_BNSH.shape[-1])
