"""Writing and reading shards: numbered sets of four Parquet files that hold the same pieces.

`pieces-00000.parquet`, `notes-00000.parquet`, `tracks-00000.parquet` and `events-00000.parquet` belong together. The
parsed, the quantized and each split of the sharded corpus are folders of such sets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aurl_core.corpus.arrays import array_of
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
from aurl_core.corpus.tables import joined, score_of
from aurl_core.errors import MissingError
from aurl_core.score.score import Score

_COMPRESSION: Final = "zstd"
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


@dataclass
class ShardWriter:
    """Collects pieces and writes a numbered set whenever `notes_per_shard` is reached, and on `close`.

    Memory is bounded by one shard. Pieces keep the order in which they are added; how they were grouped when they were
    added leaves no trace in the files.
    """

    folder: Path
    schemas: PieceSchemas
    notes_per_shard: int
    num_shards: int = 0
    num_waiting_notes: int = 0
    """Rows that the notes file of the set in the making has so far."""
    _waiting: list[PieceTables] = field(default_factory=list)

    def add(self, tables: PieceTables) -> None:
        """Add one or several pieces; the piece that fills a set closes it."""
        while len(tables.pieces):
            filled = self.num_waiting_notes + np.cumsum(tables.pieces["num_notes"].to_pylist())
            first, tables = _cut(tables, int(np.searchsorted(filled, self.notes_per_shard)) + 1)
            self._waiting.append(first)
            self.num_waiting_notes += len(first.notes)
            if self.num_waiting_notes >= self.notes_per_shard:
                self._write()

    def close(self) -> None:
        """Write what waits; an empty corpus still gets one empty set, so that its tables can be queried."""
        if self._waiting or not self.num_shards:
            self._write()

    def _write(self) -> None:
        write_shard(self.folder, self.num_shards, self._waiting, self.schemas)
        self.num_shards += 1
        self._waiting, self.num_waiting_notes = [], 0


def write_shard(folder: Path, number: int, pieces: Sequence[PieceTables], schemas: PieceSchemas) -> None:
    """Write one numbered set that holds `pieces` in this order; none makes four empty files.

    A column `note_start` of the pieces is filled in here.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        table = joined(getattr(schemas, name), [getattr(tables, name) for tables in pieces])
        write_table(folder / f"{name}-{number:05d}.parquet", _with_note_start(_with_fresh_dictionaries(table)))


def _with_note_start(table: pa.Table) -> pa.Table:
    if "note_start" not in table.column_names:
        return table
    counts = table["num_notes"].to_numpy().astype(np.int64)
    place = table.schema.get_field_index("note_start")
    return table.set_column(place, table.schema.field(place), array_of(np.cumsum(counts) - counts, pa.int64()))


def _cut(tables: PieceTables, num_pieces: int) -> tuple[PieceTables, PieceTables]:
    """The first `num_pieces` pieces and the rest."""
    if num_pieces >= len(tables.pieces):
        return tables, PieceTables(*(table.slice(len(table)) for table in tables))
    counts = [num_pieces, *(sum(rows_per_piece(table, tables.pieces)[:num_pieces]) for table in tables[1:])]
    parts = list(zip(tables, counts, strict=True))
    return (
        PieceTables(*(table.slice(0, count) for table, count in parts)),
        PieceTables(*(table.slice(count) for table, count in parts)),
    )


def _with_fresh_dictionaries(table: pa.Table) -> pa.Table:
    """The table with dictionaries that hold what occurs, in order of occurrence, whatever pieces of it were before."""
    for index, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            strings = table.column(index).cast(column.type.value_type).combine_chunks()
            table = table.set_column(index, column, strings.dictionary_encode())
    return table


def write_table(path: Path, table: pa.Table) -> None:
    """Write one Parquet file the way all of Aurl's are: zstd, statistics, the schema with its units and version."""
    pq.write_table(table.combine_chunks(), path, compression=_COMPRESSION, row_group_size=1 << 20)


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
    return PieceTables(*(pq.read_table(folder / f"{name}-{number}", partitioning=None) for name in TABLES))


def split_pieces(shard: PieceTables) -> Iterator[tuple[dict[str, Any], PieceTables]]:
    """Each piece of a set: its row as a dict, and its rows of the four tables (slices, no copy)."""
    ends = [0, 0, 0]
    counts = [rows_per_piece(table, shard.pieces) for table in shard[1:]]
    for index in range(len(shard.pieces)):
        parts = []
        for number, table in enumerate(shard[1:]):
            length = counts[number][index]
            parts.append(table.slice(ends[number], length))
            ends[number] += length
        row = shard.pieces.slice(index, 1)
        yield row.to_pylist()[0], PieceTables(row, *parts)


def rows_per_piece(table: pa.Table, pieces: pa.Table) -> list[int]:
    """How many rows of a set's `table` belong to each of its pieces, in the order of the pieces."""
    counted = pc.value_counts(table["piece_id"].cast(pa.string()))
    counts = dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))
    return [counts.get(piece_id, 0) for piece_id in pieces["piece_id"].cast(pa.string()).to_pylist()]


def read_scores(folder: Path) -> Iterator[tuple[dict[str, Any], Score]]:
    """Each piece of a folder of shards: its row as a dict, and its score (in ticks or steps, as the folder has it)."""
    for shard in read_shards(folder):
        yield from shard_scores(shard)


def shard_scores(shard: PieceTables) -> Iterator[tuple[dict[str, Any], Score]]:
    """Each piece of a set: its row as a dict, and its score."""
    for row, tables in split_pieces(shard):
        clock = row["steps_per_beat"] if "steps_per_beat" in row else row["ticks_per_beat"]
        yield row, score_of(clock, tables.notes, tables.tracks, tables.events)
