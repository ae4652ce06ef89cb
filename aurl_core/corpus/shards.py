"""Writing and reading shards: numbered sets of four Parquet files that hold the same pieces.

`pieces-00000.parquet`, `notes-00000.parquet`, `tracks-00000.parquet` and `events-00000.parquet` belong together. The
parsed, the quantized and each split of the sharded corpus are folders of such sets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aurl_core.corpus.arrays import array_of, numbers_of
from aurl_core.corpus.schema import (
    CORPUS_PIECES,
    PARSED_EVENTS,
    PARSED_NOTES,
    PARSED_PIECES,
    QUANTIZED_EVENTS,
    QUANTIZED_NOTES,
    QUANTIZED_PIECES,
    TRACKS,
)
from aurl_core.corpus.tables import scores_of
from aurl_core.errors import MissingError
from aurl_core.score.score import Score

_COMPRESSION: Final = "zstd"
_ROWS_PER_GROUP: Final = 1 << 17
"""Small enough that a query for some pieces or a reader of a part skips most groups by their statistics."""
_BLOOM_FILTERS: Final = {"piece_id": {"ndv": 300, "fpp": 0.01}}
"""Distinct values that one is made for, and how often it may err; 360 bytes a row group."""
TABLES: Final = ("pieces", "notes", "tracks", "events")


class PieceTables(NamedTuple):
    """The rows of one or several pieces in the four tables."""

    pieces: pa.Table
    notes: pa.Table
    tracks: pa.Table
    events: pa.Table


class PieceSchemas(NamedTuple):
    """The schemas of a stage's four tables."""

    pieces: pa.Schema
    notes: pa.Schema
    tracks: pa.Schema
    events: pa.Schema


PARSED: Final = PieceSchemas(PARSED_PIECES, PARSED_NOTES, TRACKS, PARSED_EVENTS)
QUANTIZED: Final = PieceSchemas(QUANTIZED_PIECES, QUANTIZED_NOTES, TRACKS, QUANTIZED_EVENTS)
CORPUS: Final = PieceSchemas(CORPUS_PIECES, QUANTIZED_NOTES, TRACKS, QUANTIZED_EVENTS)


def write_set(folder: Path, number: int, tables: Mapping[str, pa.Table]) -> None:
    """Write one numbered set, a file a table.

    A column `note_start` of the pieces is filled in here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_table(set_file(folder, name, number), _with_note_start(_as_if_fresh(table)))


def set_file(folder: Path, table: str, number: int) -> Path:
    """The file of one table of one numbered set."""
    return folder / f"{table}-{number:05d}.parquet"


def _with_note_start(table: pa.Table) -> pa.Table:
    if "note_start" not in table.column_names:
        return table
    counts = numbers_of(table["num_notes"]).astype(np.int64)
    place = table.schema.get_field_index("note_start")
    return table.set_column(place, table.schema.field(place), array_of(np.cumsum(counts) - counts, pa.int64()))


def _as_if_fresh(table: pa.Table) -> pa.Table:
    """The table as it would be if no part of it had been in a file before.

    Its dictionaries hold what occurs, in order of occurrence; the items of lists have Arrow's name, not Parquet's.
    """
    table = table.unify_dictionaries().combine_chunks()
    for index, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type) and len(table):
            table = table.set_column(index, column, _fresh(table.column(index).chunk(0)))
        if pa.types.is_list(column.type):
            plain = column.with_type(pa.list_(column.type.value_type))
            table = table.set_column(index, plain, table.column(index).cast(plain.type))
    return table


def _fresh(coded: pa.DictionaryArray) -> pa.DictionaryArray:
    codes = numbers_of(coded.indices)
    first = np.full(len(coded.dictionary), len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]  # of several assignments to one place the last one counts
    order = np.argsort(first, kind="stable")[: np.count_nonzero(first < len(codes))]
    rank = np.empty(len(first), np.int32)
    rank[order] = np.arange(len(order))
    return pa.DictionaryArray.from_arrays(
        array_of(rank[codes], pa.int32()), coded.dictionary.take(array_of(order, pa.int64()))
    )


def write_table(path: Path, table: pa.Table) -> None:
    """Write one Parquet file the way all of Aurl's are: zstd, statistics, the schema with its units and version.

    Only text gets a dictionary: it makes columns of numbers larger, and slower to write. A Bloom filter of each group's
    pieces lets a query for one piece skip the others.
    """
    texts = [field.name for field in table.schema if not pa.types.is_primitive(field.type)]
    path.unlink(missing_ok=True)  # the store may know the old file under another name
    pq.write_table(
        table,
        path,
        compression=_COMPRESSION,
        row_group_size=_ROWS_PER_GROUP,
        use_dictionary=texts,
        bloom_filter_options=_BLOOM_FILTERS if "piece_id" in texts else None,
    )


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """One Parquet file, or some columns of it (`pyarrow.parquet.read_table` would import pandas)."""
    with pq.ParquetFile(path) as file:
        return file.read(columns=columns and list(columns))


def shard_files(folder: Path, table: str = "pieces") -> list[Path]:
    """The files of one table in order of their number; `MissingError` if there is none."""
    files = sorted(folder.glob(f"{table}-*.parquet"))
    if not files:
        raise MissingError(f"{folder} holds no {table}-*.parquet; the stage that writes it has not run: `dvc repro`")
    return files


def read_shards(folder: Path) -> Iterator[PieceTables]:
    """Each numbered set of a folder, one at a time."""
    return map(read_shard, shard_files(folder))


def read_shard(pieces_file: Path) -> PieceTables:
    """The numbered set that a `pieces-NNNNN.parquet` belongs to."""
    folder, number = pieces_file.parent, pieces_file.name.removeprefix("pieces-")
    return PieceTables(*(read_table(folder / f"{name}-{number}") for name in TABLES))


def rows_per_piece(table: pa.Table, pieces: pa.Table) -> NDArray[np.int64]:
    """How many rows of a set's `table` belong to each of its pieces, in the order of the pieces."""
    ids = table["piece_id"].unify_dictionaries().combine_chunks()
    coded = ids if pa.types.is_dictionary(ids.type) else ids.dictionary_encode()
    counted = np.bincount(numbers_of(coded.indices), minlength=len(coded.dictionary)).tolist()
    counts = dict(zip(coded.dictionary.to_pylist(), counted, strict=True))
    return np.array([counts.get(piece_id, 0) for piece_id in pieces["piece_id"].to_pylist()], np.int64)


def read_scores(folder: Path) -> Iterator[tuple[dict[str, Any], Score]]:
    """Each piece of a folder of shards: its row as a dict, and its score (in ticks or steps, as the folder has it)."""
    for shard in read_shards(folder):
        yield from shard_scores(shard)


def shard_scores(shard: PieceTables) -> Iterator[tuple[dict[str, Any], Score]]:
    """Each piece of a set: its row as a dict, and its score."""
    rows = shard.pieces.to_pylist()
    clock = "steps_per_beat" if "steps_per_beat" in shard.pieces.column_names else "ticks_per_beat"
    counts = [rows_per_piece(table, shard.pieces) for table in shard[1:]]
    yield from zip(rows, scores_of([row[clock] for row in rows], shard[1:], counts), strict=True)
