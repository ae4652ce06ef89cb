"""How complex each piece of a split is, by its notes and by what the studies found in it. Who is shown when:
curriculum.py.

Each figure ranks the pieces; a piece's complexity is the mean of its ranks, so that no figure's unit matters.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.stats import rankdata

from aurl_core.corpus.cache import SplitReader
from aurl_core.errors import MissingError
from aurl_core.score.score import Score

Figures = NDArray[np.float64]
"""(P,) one number a piece; NaN where there is nothing to tell."""
CHORDS_FILE: Final = "chords.parquet"
KEYS_FILE: Final = "keys.parquet"


def complexity(reader: SplitReader, *, studies: Path | None = None) -> Figures:
    """From 0 to 1, by the pieces' notes alone or also by the tables in the folder `studies`.

    `MissingError` if a table is not there.
    """
    scores = [reader.score(piece) for piece in range(len(reader))]
    found = [np.array([figure(score) for score in scores]) for figure in OF_NOTES]
    if studies is not None:
        piece_ids = reader.column("piece_id")
        chords, keys = (pq.read_table(_found(studies / name)) for name in (CHORDS_FILE, KEYS_FILE))
        found += [
            _of_pieces(chords, chord_changes, piece_ids),
            _of_pieces(chords, lambda rows: entropy(_codes(rows["label"])), piece_ids),
            -_of_pieces(keys, lambda rows: float(pc.mean(rows["correlation"]).as_py()), piece_ids),
        ]
    mean: Figures = np.mean([_ranks(figure) for figure in found], axis=0)
    return mean


def hashes(studies: Path) -> dict[str, str]:
    """The sha256 of each table that is looked at. `MissingError` if one is not there."""
    return {name: sha256(_found(studies / name).read_bytes()).hexdigest() for name in (CHORDS_FILE, KEYS_FILE)}


def note_density(score: Score) -> float:
    """Notes a quarter note."""
    return len(score.notes) * score.ticks_per_beat / max(1, score.music_end)


def polyphony(score: Score) -> float:
    """Notes that sound at once, on average."""
    return float(score.notes.duration.sum(dtype=np.int64)) / max(1, score.music_end)


def pitch_class_entropy(score: Score) -> float:
    """Bits by which the pitch classes vary."""
    return entropy(score.notes.pitch % 12)


def wait_entropy(score: Score) -> float:
    """Bits by which the times from one onset to the next vary."""
    return entropy(np.diff(np.unique(score.notes.onset.astype(np.int64))))


def chord_changes(rows: pa.Table) -> float:
    """Changes of chord over the beats that have one."""
    labels = _codes(rows["label"])
    return float((labels[1:] != labels[:-1]).sum()) / len(labels)


def entropy(values: NDArray[Any]) -> float:
    """Of how often each value occurs, bits; 0 of nothing.

    >>> entropy(np.array([1, 1, 5, 5]))
    1.0
    """
    counts = np.unique(values, return_counts=True)[1]
    shares = counts / max(1, counts.sum())
    return float(-(shares * np.log2(shares)).sum()) + 0.0


OF_NOTES: Final = (note_density, polyphony, pitch_class_entropy, wait_entropy)
"""What is told of a piece by its notes."""


def _ranks(figure: Figures) -> Figures:
    """From 0, the simplest, to 1; equals share the mean of their ranks, and what cannot be told is in the middle."""
    ranks: Figures = rankdata(figure, nan_policy="omit") - 1
    shares: Figures = np.nan_to_num(ranks / max(1, np.isfinite(figure).sum() - 1), nan=0.5)
    return shares


def _found(path: Path) -> Path:
    if not path.is_file():
        raise MissingError(
            f"{path} is missing, by which train.curriculum.complexity.of studies judges pieces; run `dvc repro study` "
            "with that study listed in study.studies, or judge by corpus/split=train"
        )
    return path


def _of_pieces(table: pa.Table, figure: Callable[[pa.Table], float], piece_ids: pa.ChunkedArray) -> Figures:
    """A figure of each piece's rows, which follow each other; NaN for a piece without rows."""
    runs = pc.run_end_encode(_plain(table["piece_id"]))
    ends = [0, *runs.run_ends.to_pylist()]
    names = runs.values.to_pylist()
    found = {name: figure(table.slice(ends[n], ends[n + 1] - ends[n])) for n, name in enumerate(names)}
    return np.array([found.get(name, np.nan) for name in piece_ids.to_pylist()])


def _plain(column: pa.ChunkedArray) -> pa.Array:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return column.cast(kind).combine_chunks()


def _codes(column: pa.ChunkedArray) -> NDArray[np.integer]:
    """A number for each different value."""
    codes: NDArray[np.integer] = _plain(column).dictionary_encode().indices.to_numpy()
    return codes
