"""How chords follow one another in the corpus, told relative to the key so that pieces in any key add up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aurl_core.corpus.schema import column, table_schema
from aurl_core.corpus.tables import table_of
from aurl_core.score.key import MODES
from aurl_core.studies.chords.templates import NO_CHORD, NUM_CHORDS, QUALITIES, QUALITY_NAMES, ROOTS, harte_label
from aurl_core.studies.params import StudyParams


def chord_numbers(root: NDArray[np.int64], quality: list[str]) -> NDArray[np.int64]:
    """Chord numbers (see templates.py) from the columns of the chords table."""
    names = [*QUALITIES, NO_CHORD]
    kind = np.array([names.index(name) for name in quality], np.int64)
    return np.where(kind == len(QUALITIES), NUM_CHORDS - 1, kind * 12 + root)


def transposed(chord: NDArray[np.int64], tonic: NDArray[np.int64]) -> NDArray[np.int64]:
    """The chords as they would be called if each one's `tonic` were C.

    >>> transposed(np.array([7, NUM_CHORDS - 1]), np.array([7, 7])).tolist()
    [0, 108]
    """
    moved = chord // 12 * 12 + (chord - tonic) % 12
    return np.where(chord == NUM_CHORDS - 1, chord, moved)


class ChordTransitions:
    """One row a chord change: how often one chord follows another in pieces of a mode, transposed to C.

    Only changes are counted, not the beats for which a chord stays; the first chord of a piece follows none. Pieces
    whose key is not known are left out.
    """

    name = "chord_transitions"
    needs = ("chords", "keys")
    schema = table_schema(
        column("mode", pa.string(), "mode of the piece, major or minor"),
        column("from_label", pa.string(), "Harte syntax, tonic C, root position"),
        column("to_label", pa.string(), "Harte syntax, tonic C, root position"),
        column("from_root", pa.int8(), "semitones above the tonic, -1 without a chord"),
        column("from_quality", pa.string(), "Harte's shorthand, N without a chord"),
        column("to_root", pa.int8(), "semitones above the tonic, -1 without a chord"),
        column("to_quality", pa.string(), "Harte's shorthand, N without a chord"),
        column("num_changes", pa.int64(), "count"),
        column("num_pieces", pa.int64(), "count of pieces with such a change"),
        column("probability", pa.float64(), "share of the changes from the same chord in the same mode"),
    )

    def __init__(self, params: StudyParams) -> None: ...

    def build(self, folder: Path) -> pa.Table:
        chords = pq.read_table(folder / "chords.parquet", columns=["piece_id", "root", "quality"])
        keys = pq.read_table(folder / "keys.parquet", columns=["piece_id", "tonic", "mode"])
        chords = chords.filter(pc.is_in(_names(chords), value_set=_names(keys).combine_chunks()))
        piece, tonic, is_minor = _keys_of_rows(chords, keys)
        number = transposed(chord_numbers(chords["root"].to_numpy(), chords["quality"].to_pylist()), tonic)
        changes = np.flatnonzero((piece[1:] == piece[:-1]) & (number[1:] != number[:-1]))
        change = (is_minor[changes] * NUM_CHORDS + number[changes]) * NUM_CHORDS + number[changes + 1]
        kinds, counts = np.unique(change, return_counts=True)
        in_pieces = np.unique(np.column_stack([change, piece[changes]]), axis=0)[:, 0]
        num_pieces = np.unique(in_pieces, return_counts=True)[1]
        return table_of(self.schema, _transition_columns(kinds, counts, num_pieces))


def _keys_of_rows(chords: pa.Table, keys: pa.Table) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Piece number, tonic and mode (1 = minor) of each row of the chords table."""
    piece = _names(chords).combine_chunks().dictionary_encode()
    row_of_key = {name: row for row, name in enumerate(_names(keys).to_pylist())}
    row = np.array([row_of_key[name] for name in piece.dictionary.to_pylist()], np.int64)
    code = piece.indices.to_numpy().astype(np.int64)
    tonic = keys["tonic"].to_numpy().astype(np.int64)
    is_minor = np.array([MODES.index(mode) for mode in keys["mode"].to_pylist()], np.int64)
    return code, tonic[row[code]], is_minor[row[code]]


def _names(table: pa.Table) -> pa.ChunkedArray:
    return table["piece_id"].cast(pa.string())


def _transition_columns(
    change: NDArray[np.int64], counts: NDArray[np.int64], num_pieces: NDArray[np.int64]
) -> dict[str, NDArray[np.generic] | list[str]]:
    source, target = change // NUM_CHORDS, change % NUM_CHORDS
    is_minor, start = source // NUM_CHORDS, source % NUM_CHORDS
    leaving = np.bincount(source, counts, minlength=2 * NUM_CHORDS)
    return {
        "mode": [MODES[mode] for mode in is_minor.tolist()],
        "from_label": [harte_label(chord, -1) for chord in start.tolist()],
        "to_label": [harte_label(chord, -1) for chord in target.tolist()],
        "from_root": ROOTS[start],
        "from_quality": QUALITY_NAMES[start].tolist(),
        "to_root": ROOTS[target],
        "to_quality": QUALITY_NAMES[target].tolist(),
        "num_changes": counts,
        "num_pieces": num_pieces,
        "probability": counts / leaving[source],
    }
