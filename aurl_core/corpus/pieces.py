"""Pieces in numbered sets as items of work: where each is and what it is known by, and its score when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from aurl_core.corpus.sets import SetPlan
from aurl_core.corpus.shards import read_shard, read_table, shard_files, shard_scores
from aurl_core.score.score import Score

_COLUMNS = ("piece_id", "path", "fingerprint", "num_notes", "content_hash")


class StoredPiece(NamedTuple):
    """A piece of a numbered set."""

    file: Path
    """The set's pieces-NNNNN.parquet."""
    place: int
    """Its row there."""
    piece_id: str
    path: str
    fingerprint: str
    num_notes: int
    content_hash: str


def stored_pieces(folder: Path) -> list[list[StoredPiece]]:
    """The pieces of each set of a folder, in order. `MissingError` if it holds no sets."""
    return [_pieces_of(file) for file in shard_files(folder)]


def _pieces_of(file: Path) -> list[StoredPiece]:
    columns = read_table(file, _COLUMNS).to_pydict()
    rows = zip(*(columns[name] for name in _COLUMNS), strict=True)
    return [StoredPiece(file, place, *row) for place, row in enumerate(rows)]


def plans_of(sets: Sequence[Sequence[StoredPiece]], key: Callable[[StoredPiece], str]) -> list[SetPlan[StoredPiece]]:
    """A plan for a set of the same number and pieces for each of `sets`."""
    return [
        SetPlan(number, pieces, [piece.piece_id for piece in pieces], [key(piece) for piece in pieces])
        for number, pieces in enumerate(sets)
    ]


def scores_at(pieces: Sequence[StoredPiece]) -> Iterator[tuple[dict[str, Any], Score]]:
    """The row and the score of each piece; a set is read once for neighbours that are in it."""
    for file, neighbours in groupby(pieces, lambda piece: piece.file):
        found = _scores_in(file, file.stat().st_mtime_ns)
        yield from (found[piece.place] for piece in neighbours)


@lru_cache(maxsize=1)
def _scores_in(file: Path, mtime_ns: int) -> list[tuple[dict[str, Any], Score]]:
    """The pieces of a set, kept for the next question as long as the file is the same."""
    return list(shard_scores(read_shard(file)))
