"""From parsed to quantized shards: the same pieces in the same numbered sets, in steps. The music is done elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from aurl_core.chunks import Casualty, ChunkPool
from aurl_core.corpus.schema import QUANTIZED_EVENTS, QUANTIZED_NOTES, QUANTIZED_PIECES
from aurl_core.corpus.shards import (
    QUANTIZED,
    PieceTables,
    read_shard,
    shard_files,
    shard_scores,
    write_shard,
)
from aurl_core.corpus.tables import events_table, piece_id_column, table_of, tracks_table
from aurl_core.errors import AurlError
from aurl_core.quantization.params import QuantizeParams
from aurl_core.quantization.quantizer import QuantizedScore, bars_and_positions, quantize_score
from aurl_core.score.time import TempoMap


@dataclass(frozen=True, slots=True)
class QuantizeTally:
    """What quantizing some pieces came to; tallies add up."""

    num_pieces: int = 0
    num_notes: int = 0
    num_dropped_notes: int = 0
    num_moved_notes: int = 0
    """Notes whose onset or duration was not on the grid already."""
    onset_error_seconds: float = 0.0
    """Sum over notes of the absolute distance from the grid."""
    duration_error_seconds: float = 0.0
    """Sum over notes of the absolute change of duration."""
    max_onset_error_seconds: float = 0.0

    def __add__(self, other: QuantizeTally) -> QuantizeTally:
        return QuantizeTally(
            self.num_pieces + other.num_pieces,
            self.num_notes + other.num_notes,
            self.num_dropped_notes + other.num_dropped_notes,
            self.num_moved_notes + other.num_moved_notes,
            self.onset_error_seconds + other.onset_error_seconds,
            self.duration_error_seconds + other.duration_error_seconds,
            max(self.max_onset_error_seconds, other.max_onset_error_seconds),
        )


def quantize_corpus(
    source: Path,
    target: Path,
    params: QuantizeParams,
    *,
    pool: ChunkPool,
    progress: Callable[[int, int], None],
) -> QuantizeTally:
    """Quantize every numbered set of `source` (parsed) into `target`, a set at a time in each worker.

    Progress is in sets. `MissingError` if `source` holds none; `AurlError` if a worker was lost over a set.
    """
    files, tally = shard_files(source), QuantizeTally()
    work = partial(quantize_shards, target=target, params=params)
    for done, result in enumerate(pool.map(work, files, chunk_size=1), start=1):
        if isinstance(result, Casualty):
            raise AurlError(
                f"{result.item} could not be quantized ({result.reason}); let a worker have more "
                "(cluster.chunk_timeout_seconds, cluster.worker_memory_mb) or make sets smaller (parse.notes_per_shard)"
            )
        tally += result
        progress(done, len(files))
    return tally


def quantize_shards(files: list[Path], *, target: Path, params: QuantizeParams) -> QuantizeTally:
    """Quantize the sets of `files` into sets of the same numbers in `target`."""
    tally = QuantizeTally()
    for file in files:
        pieces = [(row, quantize_score(score, params)) for row, score in shard_scores(read_shard(file))]
        number = int(file.stem.removeprefix("pieces-"))
        write_shard(target, number, [quantized_tables(row, piece) for row, piece in pieces], QUANTIZED)
        tally = sum((tally_of(piece) for _, piece in pieces), tally)
    return tally


def tally_of(piece: QuantizedScore) -> QuantizeTally:
    """The tally of one piece."""
    onset_error = np.abs(piece.onset_error_seconds)
    return QuantizeTally(
        num_pieces=1,
        num_notes=len(piece.score.notes),
        num_dropped_notes=piece.num_dropped_notes,
        num_moved_notes=int(np.count_nonzero(piece.onset_deviation | piece.duration_deviation)),
        onset_error_seconds=float(onset_error.sum()),
        duration_error_seconds=float(np.abs(piece.duration_error_seconds).sum()),
        max_onset_error_seconds=float(onset_error.max(initial=0.0)),
    )


def quantized_tables(row: dict[str, Any], piece: QuantizedScore) -> PieceTables:
    """One piece's rows of the four quantized tables; `row` is its row of the parsed pieces."""
    score, piece_id = piece.score, row["piece_id"]
    bar, position, num_bars = bars_and_positions(score)
    notes, tally, count = score.notes, tally_of(piece), max(len(score.notes), 1)
    made = {
        "steps_per_beat": score.ticks_per_beat,
        "num_notes": len(notes),
        "num_tracks": len(score.tracks),
        "num_bars": num_bars,
        "duration_steps": score.music_end,
        "duration_seconds": float(TempoMap.of(score).seconds(score.music_end)),
        "mean_onset_error_seconds": tally.onset_error_seconds / count,
        "max_onset_error_seconds": tally.max_onset_error_seconds,
        "mean_duration_error_seconds": tally.duration_error_seconds / count,
        "num_dropped_notes": piece.num_dropped_notes,
    }
    note_columns = {
        "piece_id": piece_id_column(piece_id, len(notes)),
        "note_index": np.arange(len(notes), dtype=np.uint32),
        "track": notes.track,
        "onset_steps": notes.onset,
        "duration_steps": notes.duration,
        "onset_deviation_ticks": piece.onset_deviation,
        "duration_deviation_ticks": piece.duration_deviation,
        "bar": bar,
        "position_steps": position,
        "pitch": notes.pitch,
        "velocity": notes.velocity,
        "velocity_raw": piece.velocity_raw,
    }
    return PieceTables(
        table_of(QUANTIZED_PIECES, {name: [value] for name, value in {**row, **made}.items()}),
        table_of(QUANTIZED_NOTES, note_columns),
        tracks_table(piece_id, score),
        events_table(piece_id, score, QUANTIZED_EVENTS),
    )
