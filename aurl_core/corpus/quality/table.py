"""What the pieces of a corpus are like, as a table of one row a piece and as a page.

The figures of a set are made in figures.py, the rule for outliers lives in outliers.py, the page is made in
page.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aurl_core.corpus.arrays import numbers_of
from aurl_core.corpus.quality.outliers import find_outliers
from aurl_core.corpus.rejections import REJECTIONS_FILE
from aurl_core.corpus.schema import FIGURES, MANIFEST, PARSED_PIECES, column, table_schema
from aurl_core.corpus.shards import read_table, shard_files, write_table
from aurl_core.corpus.splits import SPLITS
from aurl_core.corpus.tables import table_of

TABLE_FILE: Final = "pieces.parquet"
COUNTS: Final = ("pitch_counts", "velocity_counts", "family_counts")
QUALITY: Final = table_schema(
    *(MANIFEST.field(name) for name in ("piece_id", "path", "title", "collection")),
    column("split", pa.string(), "train, validation or test; null for a piece that quantize left out"),
    column("cluster_id", pa.string(), "smallest fingerprint among near-duplicates"),
    column("cluster_size", pa.int32(), "pieces in the cluster"),
    *(PARSED_PIECES.field(name) for name in ("num_notes", "num_tracks", "num_repairs", "duration_seconds")),
    *(field for field in FIGURES if field.name not in ("piece_id", *COUNTS)),
    column(
        "outlier_distance", pa.float64(), "largest distance of a figure from the corpus, robust standard deviations"
    ),
    column("outlier_reason", pa.string(), "which figure lies far out, null if none"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Quality:
    """A corpus measured."""

    pieces: pa.Table
    """`QUALITY`, in the order of the parsed pieces."""
    pitches: NDArray[np.int64]
    """(128,) notes of each pitch, drums left out."""
    velocities: NDArray[np.int64]
    """(128,) notes of each velocity."""
    families: NDArray[np.int64]
    """(16,) notes of each instrument family."""
    rejections: list[dict[str, Any]]
    """Rows of the tables of rejections, of all stages so far."""
    repairs: dict[str, tuple[int, int]]
    """How many repairs of each kind there were, in how many pieces; most frequent first."""


def write_quality_table(quality: Quality, folder: Path) -> None:
    """Write pieces.parquet."""
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder / TABLE_FILE, quality.pieces)


def measure_quality(parsed: Path, quantized: Path, corpus: Path) -> Quality:
    """Measure every piece of `parsed`; its cluster and split are those of `corpus`.

    `MissingError` if `parsed` holds no sets.
    """
    pieces, figures = (_read_all(parsed, name) for name in ("pieces", "figures"))
    columns = {name: _column(table[name]) for table in (figures, pieces) for name in _names(table)}
    columns |= _dealt(columns["piece_id"], corpus) | find_outliers(columns)
    pitches, velocities, families = (_sum(figures[name]) for name in COUNTS)
    return Quality(
        pieces=table_of(QUALITY, {name: one.tolist() if one.dtype == object else one for name, one in columns.items()}),
        pitches=pitches,
        velocities=velocities,
        families=families,
        rejections=[row for folder in (parsed, quantized, corpus) for row in _rejections(folder)],
        repairs=_repairs(parsed),
    )


def _read_all(folder: Path, table: str) -> pa.Table:
    files = shard_files(folder, table)
    return pa.concat_tables(read_table(file) for file in files).unify_dictionaries()


def _names(table: pa.Table) -> list[str]:
    return [name for name in table.column_names if name in QUALITY.names]


def _column(column: pa.ChunkedArray) -> NDArray[Any]:
    """The values, as objects unless they are numbers without a gap."""
    if pa.types.is_primitive(column.type) and not column.null_count:
        numbers: NDArray[Any] = numbers_of(column)
        return numbers
    objects = np.empty(len(column), object)
    objects[:] = column.to_pylist()
    return objects


def _sum(counts: pa.ChunkedArray) -> NDArray[np.int64]:
    """The counts of all pieces together."""
    values, size = numbers_of(counts.combine_chunks().flatten()), max(len(counts), 1)
    total: NDArray[np.int64] = values.reshape(size, -1).sum(axis=0, dtype=np.int64)
    return total


def _dealt(piece_ids: NDArray[Any], corpus: Path) -> dict[str, NDArray[Any]]:
    """The split and the cluster of each piece, and its size; None for a piece that is nowhere."""
    place: dict[str, tuple[str, str]] = {}
    for split in SPLITS:
        for file in sorted((corpus / f"split={split}").glob("pieces-*.parquet")):
            rows = read_table(file, ["piece_id", "cluster_id"])
            pairs = zip(rows["piece_id"].to_pylist(), rows["cluster_id"].to_pylist(), strict=True)
            place |= {piece_id: (split, cluster) for piece_id, cluster in pairs}
    sizes = Counter(cluster for _, cluster in place.values())
    found = [place.get(piece_id) for piece_id in piece_ids.tolist()]
    return {
        "split": np.array([one and one[0] for one in found], object),
        "cluster_id": np.array([one and one[1] for one in found], object),
        "cluster_size": np.array([sizes[one[1]] if one else 0 for one in found], np.int32),
    }


def _repairs(parsed: Path) -> dict[str, tuple[int, int]]:
    times, pieces = Counter[str](), Counter[str]()
    for file in shard_files(parsed, "repairs"):
        rows = read_table(file, ["piece_id", "kind"]).unify_dictionaries().combine_chunks()
        if not len(rows):
            continue
        piece, kind = (rows[name].chunk(0) for name in ("piece_id", "kind"))
        for number, name in enumerate(kind.dictionary.to_pylist()):
            concerned = numbers_of(piece.indices)[numbers_of(kind.indices) == number]
            times[name] += len(concerned)
            pieces[name] += len(np.unique(concerned))
    return {kind: (count, pieces[kind]) for kind, count in sorted(times.items(), key=lambda one: (-one[1], one[0]))}


def _rejections(folder: Path) -> list[dict[str, Any]]:
    file = folder / REJECTIONS_FILE
    rows: list[dict[str, Any]] = read_table(file).to_pylist() if file.exists() else []
    return rows
