"""What the pieces of a corpus are like, as a table of one row a piece and as a page.

The figures of a set are made in figures.py, the rule for outliers lives in outliers.py, the page is made in
page.py.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aurl_core.corpus.quality.figures import set_figures
from aurl_core.corpus.quality.outliers import find_outliers
from aurl_core.corpus.rejections import REJECTIONS_FILE
from aurl_core.corpus.schema import MANIFEST, column, table_schema
from aurl_core.corpus.shards import shard_files, write_table
from aurl_core.corpus.splits import SPLITS
from aurl_core.corpus.tables import table_of

TABLE_FILE: Final = "pieces.parquet"
_THREADS: Final = 2
"""Sets in memory at a time; reading and arithmetic on columns leave Python to the others."""
QUALITY: Final = table_schema(
    *(MANIFEST.field(name) for name in ("piece_id", "path", "title", "collection")),
    column("split", pa.string(), "train, validation or test; null for a piece that quantize left out"),
    column("cluster_id", pa.string(), "smallest fingerprint among near-duplicates"),
    column("cluster_size", pa.int32(), "pieces in the cluster"),
    column("num_notes", pa.int32(), "count"),
    column("num_tracks", pa.int32(), "count"),
    column("num_repairs", pa.int32(), "count"),
    column("duration_seconds", pa.float64(), "seconds"),
    column("notes_per_second", pa.float64(), "notes a second"),
    column("tempo_bpm", pa.float64(), "quarter notes a minute, mean over the piece"),
    column("num_tempi", pa.int32(), "tempo events, 0 if the file states none"),
    column("stated_meter", pa.string(), "time signature in force longest, null if the file states none"),
    column("num_meters", pa.int32(), "time signature events"),
    column("stated_key", pa.string(), "first key signature, null if the file states none"),
    column("key", pa.string(), "best key of the piece by its notes, null if none fits"),
    column("polyphony", pa.float64(), "notes sounding at once, mean over the piece"),
    column("mean_note_beats", pa.float64(), "mean duration of a note, quarter notes"),
    column("lowest_pitch", pa.uint8(), "MIDI pitch, null for drums alone"),
    column("highest_pitch", pa.uint8(), "MIDI pitch, null for drums alone"),
    column("mean_pitch", pa.float64(), "MIDI pitch, null for drums alone"),
    column("mean_velocity", pa.float64(), "MIDI velocity, 1-127"),
    column("num_velocities", pa.int32(), "different velocities, 1 if nothing is louder than the rest"),
    column("families", pa.list_(pa.string()), "General MIDI families, most notes first"),
    column("drum_share", pa.float64(), "share of the notes, 0 to 1"),
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
    with ThreadPoolExecutor(_THREADS) as threads:
        sets = list(threads.map(set_figures, shard_files(parsed)))
    columns = {name: np.concatenate([one.columns[name] for one in sets]) for name in sets[0].columns}
    columns |= _dealt(columns["piece_id"], corpus) | find_outliers(columns)
    return Quality(
        pieces=table_of(QUALITY, {name: one.tolist() if one.dtype == object else one for name, one in columns.items()}),
        pitches=np.sum([one.pitches for one in sets], axis=0),
        velocities=np.sum([one.velocities for one in sets], axis=0),
        families=np.sum([one.families for one in sets], axis=0),
        rejections=[row for folder in (parsed, quantized, corpus) for row in _rejections(folder)],
        repairs=_repairs(parsed),
    )


def _dealt(piece_ids: NDArray[Any], corpus: Path) -> dict[str, NDArray[Any]]:
    """The split and the cluster of each piece, and its size; None for a piece that is nowhere."""
    place: dict[str, tuple[str, str]] = {}
    for split in SPLITS:
        for file in sorted((corpus / f"split={split}").glob("pieces-*.parquet")):
            rows = pq.read_table(file, columns=["piece_id", "cluster_id"], partitioning=None)
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
    for file in sorted(parsed.glob("repairs-*.parquet")):
        rows = pq.read_table(file, columns=["piece_id", "kind"], partitioning=None)
        pairs = Counter(zip(rows["piece_id"].to_pylist(), rows["kind"].to_pylist(), strict=True))
        for (_, kind), count in pairs.items():
            times[kind] += count
            pieces[kind] += 1
    return {kind: (count, pieces[kind]) for kind, count in sorted(times.items(), key=lambda one: (-one[1], one[0]))}


def _rejections(folder: Path) -> list[dict[str, Any]]:
    file = folder / REJECTIONS_FILE
    rows: list[dict[str, Any]] = pq.read_table(file).to_pylist() if file.exists() else []
    return rows
