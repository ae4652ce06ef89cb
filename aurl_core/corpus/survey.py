"""What must be known of every piece before any can be put in a split: fingerprints, lines, and their token ids.

A set of shards is surveyed at a time, in a worker; token ids, which are large, wait in a file of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aurl_core.chunks import Casualty, ChunkPool
from aurl_core.corpus.arrays import array_of
from aurl_core.corpus.params import ShardParams
from aurl_core.corpus.shards import read_shard, shard_scores
from aurl_core.corpus.similarity import NUM_HASHES, Signatures, line_signatures
from aurl_core.errors import AurlError
from aurl_core.tokens.normal_form import Losses
from aurl_core.tokens.tokenizer import build_tokenizer


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """A set's pieces."""

    piece_ids: list[str]
    fingerprints: list[str]
    signatures: Signatures
    """(L, 120) the lines of all pieces."""
    line_piece: NDArray[np.int64]
    """(L,) which piece of the set each line belongs to."""
    losses: Losses
    """What the vocabulary could not say."""
    num_off_grid: int
    """Pieces whose grid the tokenizer's does not contain, so that their times were rounded again."""


def survey_corpus(files: list[Path], scratch: Path, params: ShardParams, *, pool: ChunkPool) -> Iterator[Survey]:
    """The survey of each set, in order; `scratch` gets the token ids. `AurlError` if a worker was lost over a set."""
    for result in pool.map(partial(_survey_set, scratch=scratch, params=params), files, chunk_size=1):
        if isinstance(result, Casualty):
            raise AurlError(
                f"{result.item} could not be tokenized ({result.reason}); let a worker have more "
                "(cluster.chunk_timeout_seconds, cluster.worker_memory_mb) or make sets smaller (parse.notes_per_shard)"
            )
        yield result


def token_ids_of(file: Path, scratch: Path) -> pa.ChunkedArray:
    """The token ids of a surveyed set's pieces."""
    return pq.read_table(scratch / file.name)["token_ids"]


def _survey_set(files: list[Path], *, scratch: Path, params: ShardParams) -> Survey:
    [file] = files
    tokenizer, grid = build_tokenizer(params.tokenizer), params.tokenizer.steps_per_beat
    piece_ids, fingerprints, token_ids, losses, num_off_grid = [], [], [], Losses(), 0
    signatures = [np.empty((0, NUM_HASHES), np.uint32)]
    for row, score in shard_scores(read_shard(file)):
        ids, lost = tokenizer.encode_counting(score)
        piece_ids.append(row["piece_id"])
        fingerprints.append(row["fingerprint"])
        token_ids.append(ids)
        signatures.append(line_signatures(score, params.near_duplicates))
        losses += lost
        num_off_grid += grid % score.ticks_per_beat != 0
    pq.write_table(pa.table({"token_ids": _lists_of(token_ids)}), scratch / file.name)
    line_piece = np.repeat(np.arange(len(piece_ids)), [len(lines) for lines in signatures[1:]])
    return Survey(piece_ids, fingerprints, np.concatenate(signatures), line_piece, losses, num_off_grid)


def _lists_of(token_ids: list[NDArray[np.uint16]]) -> pa.ListArray:
    ends = np.cumsum([0, *(len(ids) for ids in token_ids)])
    values = np.concatenate([np.empty(0, np.uint16), *token_ids])
    return pa.ListArray.from_arrays(array_of(ends, pa.int32()), array_of(values, pa.uint16()))
