"""What must be known of every piece before any can be put in a split: its lines.

Token ids are made here too, since the score is at hand; they wait in files of their own until the splits are known. Of
a tokenizer that has yet to learn from the training split they are its base ids.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aurl_core.code_hash import code_hash
from aurl_core.corpus.arrays import array_of, numbers_of
from aurl_core.corpus.params import ShardParams
from aurl_core.corpus.pieces import StoredPiece, scores_at
from aurl_core.corpus.sets import Made, Tables, Tally
from aurl_core.corpus.shards import read_table, shard_files
from aurl_core.corpus.similarity import NUM_HASHES, Signatures, line_signatures
from aurl_core.corpus.store import key_of
from aurl_core.corpus.tables import end_to_end, repeated
from aurl_core.parsing.rejection import Reason, Rejection
from aurl_core.tokens.losses import Losses
from aurl_core.tokens.tokenizer import build_tokenizer

CODE: Final = (
    "aurl_core.parsing.rejection",
    "aurl_core.random_streams",
    "aurl_core.score",
    "aurl_core.tokens",
    *(f"aurl_core.corpus.{name}" for name in ("arrays", "pieces", "rejections", "schema", "sets", "shards")),
    *(f"aurl_core.corpus.{name}" for name in ("similarity", "survey", "tables")),
)
"""The modules that decide what is found out about a piece."""
_LOSSES: Final = [field.name for field in fields(Losses)]


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """All pieces of a corpus, in order."""

    piece_ids: list[str]
    duration_seconds: NDArray[np.float64]
    signatures: Signatures
    """(L, H) the lines of all pieces."""
    line_piece: NDArray[np.int64]
    """(L,) the number of the piece that each line belongs to."""
    losses: Losses
    """What the vocabulary could not say."""
    num_off_grid: int
    """Pieces whose grid the tokenizer's does not contain, so that their times were rounded again."""


@dataclass(frozen=True)
class Surveyor:
    """Makes the tables `pieces`, `lines` and `tokens` of quantized pieces; see `sets.Maker`."""

    params: ShardParams
    room: ClassVar[str] = "surveyed"

    def make(self, items: Sequence[StoredPiece]) -> Made:
        tokenizer, grid = build_tokenizer(self.params.tokenizer), self.params.tokenizer.steps_per_beat
        rows: list[dict[str, Any]] = []
        token_ids: list[NDArray[np.uint16]] = []
        lines: list[Signatures] = []
        for row, score in scores_at(items):
            ids, losses = tokenizer.encode_counting(score)
            token_ids.append(ids)
            lines.append(line_signatures(score, self.params.near_duplicates))
            is_off_grid = grid % score.ticks_per_beat != 0
            about = {"duration_seconds": row["duration_seconds"], "is_off_grid": is_off_grid}
            rows.append(about | {name: getattr(losses, name) for name in _LOSSES})
        ids_of_pieces = [item.piece_id for item in items]
        return Made(
            {
                "pieces": _pieces_table(ids_of_pieces, rows),
                "lines": _lines_table(ids_of_pieces, lines),
                "tokens": _tokens_table(ids_of_pieces, token_ids),
            }
        )

    def tally(self, tables: Tables) -> Tally:
        return {}

    def rejected(self, item: StoredPiece, reason: Reason) -> Rejection:
        return Rejection(item.path, item.piece_id, reason, "while it was being tokenized")

    def key(self, piece: StoredPiece) -> str:
        """The key of what is found out about a piece."""
        return key_of(piece.content_hash, self._settings_and_code)

    @cached_property
    def _settings_and_code(self) -> str:
        settings = (self.params.tokenizer, self.params.near_duplicates)
        return "".join(section.model_dump_json() for section in settings) + _code()


@lru_cache(1)
def _code() -> str:
    return code_hash(*CODE)


def read_survey(folder: Path) -> Survey:
    """What surveying a whole corpus came to; token ids are not read."""
    pieces = _read_all(folder, "pieces")
    ids = pieces["piece_id"].to_pylist()
    number = {piece_id: place for place, piece_id in enumerate(ids)}
    lines = _read_all(folder, "lines")
    owners = lines["piece_id"].unify_dictionaries().combine_chunks()
    numbers = np.array([number[name] for name in owners.dictionary.to_pylist()], np.int64)
    return Survey(
        ids,
        numbers_of(pieces["duration_seconds"]),
        _signatures_of(lines["signature"].combine_chunks()),
        numbers[numbers_of(owners.indices)],
        Losses(*(int(numbers_of(pieces[name]).sum()) for name in _LOSSES)),
        int(numbers_of(pieces["is_off_grid"]).sum()),
    )


def token_ids_of(folder: Path, file: Path, piece_ids: Sequence[str]) -> pa.ChunkedArray:
    """The token ids of some pieces of a surveyed set, `file` being its pieces-NNNNN.parquet and the order its own."""
    table = read_table(folder / file.name.replace("pieces", "tokens", 1))
    wanted = set(piece_ids)
    mask = [piece_id in wanted for piece_id in table["piece_id"].to_pylist()]
    return table["token_ids"].filter(array_of(mask, pa.bool_()))


def training_ids(folder: Path, piece_ids: Collection[str]) -> Iterator[NDArray[np.uint16]]:
    """The token ids of some pieces, one piece at a time, in the order of the sets."""
    for file in shard_files(folder, "tokens"):
        table = read_table(file)
        for piece_id, ids in zip(table["piece_id"].to_pylist(), table["token_ids"], strict=True):
            if piece_id in piece_ids:
                yield numbers_of(ids.values)


def lists_of(token_ids: Sequence[NDArray[np.uint16]]) -> pa.ListArray:
    """A column of token ids, one list a piece."""
    ends = np.cumsum([0, *(len(ids) for ids in token_ids)])
    values = end_to_end([np.empty(0, np.uint16), *token_ids])
    return pa.ListArray.from_arrays(array_of(ends, pa.int32()), array_of(values, pa.uint16()))


def _read_all(folder: Path, table: str) -> pa.Table:
    return pa.concat_tables(read_table(file) for file in shard_files(folder, table))


_KINDS: Final = {"duration_seconds": pa.float64(), "is_off_grid": pa.bool_()}


def _pieces_table(piece_ids: Sequence[str], rows: Sequence[dict[str, Any]]) -> pa.Table:
    columns: dict[str, pa.Array] = {"piece_id": repeated(piece_ids, [1] * len(piece_ids))}
    for name in ("duration_seconds", "is_off_grid", *_LOSSES):
        columns[name] = array_of([row[name] for row in rows], _KINDS.get(name, pa.int64()))
    return pa.table(columns)


def _lines_table(piece_ids: Sequence[str], lines: Sequence[Signatures]) -> pa.Table:
    signatures = np.ascontiguousarray(np.concatenate([np.empty((0, NUM_HASHES), np.uint32), *lines]))
    data = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(NUM_HASHES * signatures.itemsize), len(signatures), [None, pa.py_buffer(signatures)]
    )
    return pa.table({"piece_id": repeated(piece_ids, [len(some) for some in lines]), "signature": data})


def _signatures_of(column: pa.FixedSizeBinaryArray) -> Signatures:
    first, size = column.offset * column.type.byte_width, len(column) * column.type.byte_width
    data = np.frombuffer(column.buffers()[1] or b"", np.uint8)[first : first + size]
    return data.view(np.uint32).reshape(-1, NUM_HASHES)


def _tokens_table(piece_ids: Sequence[str], token_ids: Sequence[NDArray[np.uint16]]) -> pa.Table:
    return pa.table({"piece_id": repeated(piece_ids, [1] * len(piece_ids)), "token_ids": lists_of(token_ids)})
