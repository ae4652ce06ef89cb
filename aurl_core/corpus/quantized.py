"""From parsed to quantized sets: the same pieces in the same numbered sets, in steps. The music is done elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
import pyarrow as pa

from aurl_core.chunks import ChunkPool
from aurl_core.code_hash import code_hash
from aurl_core.corpus.arrays import numbers_of
from aurl_core.corpus.pieces import StoredPiece, plans_of, scores_at, stored_pieces
from aurl_core.corpus.rejections import count_by_reason, write_rejections
from aurl_core.corpus.schema import QUANTIZED_EVENTS, QUANTIZED_NOTES, QUANTIZED_PIECES
from aurl_core.corpus.sets import Made, Tables, Tally, build_sets, counting, rejections_of
from aurl_core.corpus.store import Store, key_of
from aurl_core.corpus.tables import content_hash, end_to_end, events_table, repeated, table_of, tracks_table
from aurl_core.parsing.rejection import Reason, Rejection
from aurl_core.quantization.params import QuantizeParams
from aurl_core.quantization.quantizer import QuantizedScore, bars_and_positions, quantize_score
from aurl_core.score.time import TempoMap

CODE: Final = (
    "aurl_core.parsing.rejection",
    "aurl_core.quantization",
    "aurl_core.score",
    *(
        f"aurl_core.corpus.{name}"
        for name in ("arrays", "pieces", "quantized", "rejections", "schema", "sets", "shards")
    ),
    "aurl_core.corpus.tables",
)
"""The modules that decide what becomes of a piece."""


@dataclass(frozen=True, slots=True)
class QuantizeTally:
    """What quantizing came to."""

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
    num_crowded_notes: int = 0
    """Those of the dropped notes that went because too many sounded at once."""
    num_tracked_pieces: int = 0
    """Pieces whose beats were heard in the notes."""
    num_swung_pieces: int = 0

    def __add__(self, other: QuantizeTally) -> QuantizeTally:
        return QuantizeTally(
            self.num_pieces + other.num_pieces,
            self.num_notes + other.num_notes,
            self.num_dropped_notes + other.num_dropped_notes,
            self.num_moved_notes + other.num_moved_notes,
            self.onset_error_seconds + other.onset_error_seconds,
            self.duration_error_seconds + other.duration_error_seconds,
            max(self.max_onset_error_seconds, other.max_onset_error_seconds),
            self.num_crowded_notes + other.num_crowded_notes,
            self.num_tracked_pieces + other.num_tracked_pieces,
            self.num_swung_pieces + other.num_swung_pieces,
        )

    @classmethod
    def of(cls, tables: Tables) -> QuantizeTally:
        """The tally of a set."""
        pieces, notes = tables["pieces"], tables["notes"]
        count = _numbers(pieces, "num_notes")
        return cls(
            num_pieces=len(pieces),
            num_notes=len(notes),
            num_dropped_notes=int(_numbers(pieces, "num_dropped_notes").sum()),
            num_moved_notes=int(
                np.count_nonzero(_numbers(notes, "onset_deviation_ticks") | _numbers(notes, "duration_deviation_ticks"))
            ),
            onset_error_seconds=float(_numbers(pieces, "mean_onset_error_seconds") @ count),
            duration_error_seconds=float(_numbers(pieces, "mean_duration_error_seconds") @ count),
            max_onset_error_seconds=float(_numbers(pieces, "max_onset_error_seconds").max(initial=0.0)),
            num_crowded_notes=int(_numbers(pieces, "num_crowded_notes").sum()),
            num_tracked_pieces=len(pieces) - pieces["beat_ticks"].null_count,
            num_swung_pieces=len(pieces) - pieces["swing_ratio"].null_count,
        )


@dataclass(frozen=True)
class PieceQuantizer:
    """Makes the quantized tables of parsed pieces; see `sets.Maker`."""

    params: QuantizeParams
    room: ClassVar[str] = "quantized"

    def make(self, items: Sequence[StoredPiece]) -> Made:
        return Made(quantized_tables([(row, quantize_score(score, self.params)) for row, score in scores_at(items)]))

    def tally(self, tables: Tables) -> Tally:
        return asdict(QuantizeTally.of(tables))

    def rejected(self, item: StoredPiece, reason: Reason) -> Rejection:
        return Rejection(item.path, item.piece_id, reason, "while it was being quantized")

    def key(self, piece: StoredPiece) -> str:
        """The key of what becomes of a piece."""
        return key_of(piece.content_hash, self._settings_and_code)

    @cached_property
    def _settings_and_code(self) -> str:
        return self.params.model_dump_json() + _code()


@lru_cache(1)
def _code() -> str:
    return code_hash(*CODE)


def quantize_corpus(
    source: Path,
    target: Path,
    params: QuantizeParams,
    *,
    store: Store,
    pool: ChunkPool,
    progress: Callable[[int, int], None],
) -> tuple[QuantizeTally, dict[str, int]]:
    """Quantize every numbered set of `source` (parsed) into `target`, beside rejections.parquet.

    Answers with the tally, and with how many pieces were too much for their worker, by reason.

    Progress is in pieces. `MissingError` if `source` holds no sets.
    """
    sets, maker = stored_pieces(source), PieceQuantizer(params)
    advance = counting(progress, sum(map(len, sets)))
    built = build_sets(plans_of(sets, maker.key), maker, target=target, store=store, pool=pool, progress=advance)
    rejections = rejections_of(built)
    write_rejections(target, rejections)
    return sum((QuantizeTally(**one.tally) for one in built), QuantizeTally()), count_by_reason(rejections)


def quantized_tables(pieces: Sequence[tuple[dict[str, Any], QuantizedScore]]) -> Tables:
    """Some pieces' rows of the four quantized tables; each comes with its row of the parsed pieces."""
    ids, scores = [row["piece_id"] for row, _ in pieces], [piece.score for _, piece in pieces]
    bars = [bars_and_positions(score) for score in scores]
    rows = [_piece_row(row, piece, num_bars) for (row, piece), (_, _, num_bars) in zip(pieces, bars, strict=True)]
    notes = [score.notes for score in scores]
    columns = {
        "piece_id": repeated(ids, [len(some) for some in notes]),
        "note_index": end_to_end(np.arange(len(some), dtype=np.uint32) for some in notes),
        "track": end_to_end(some.track for some in notes),
        "onset_steps": end_to_end(some.onset for some in notes),
        "duration_steps": end_to_end(some.duration for some in notes),
        "onset_deviation_ticks": end_to_end(piece.onset_deviation for _, piece in pieces),
        "duration_deviation_ticks": end_to_end(piece.duration_deviation for _, piece in pieces),
        "bar": end_to_end(bar for bar, _, _ in bars),
        "position_steps": end_to_end(position for _, position, _ in bars),
        "pitch": end_to_end(some.pitch for some in notes),
        "velocity": end_to_end(some.velocity for some in notes),
        "velocity_raw": end_to_end(piece.velocity_raw for _, piece in pieces),
    }
    return {
        "pieces": table_of(QUANTIZED_PIECES, {name: [row[name] for row in rows] for name in QUANTIZED_PIECES.names}),
        "notes": table_of(QUANTIZED_NOTES, columns),
        "tracks": tracks_table(ids, scores),
        "events": events_table(ids, scores, QUANTIZED_EVENTS),
    }


def _piece_row(row: dict[str, Any], piece: QuantizedScore, num_bars: int) -> dict[str, Any]:
    score, count = piece.score, max(len(piece.score.notes), 1)
    onset_error = np.abs(piece.onset_error_seconds)
    return {
        **row,
        "steps_per_beat": score.ticks_per_beat,
        "num_notes": len(score.notes),
        "num_tracks": len(score.tracks),
        "num_bars": num_bars,
        "duration_steps": score.music_end,
        "duration_seconds": float(TempoMap.of(score).seconds(score.music_end)),
        "mean_onset_error_seconds": float(onset_error.sum()) / count,
        "max_onset_error_seconds": float(onset_error.max(initial=0.0)),
        "mean_duration_error_seconds": float(np.abs(piece.duration_error_seconds).sum()) / count,
        "num_dropped_notes": piece.num_dropped_notes,
        "num_crowded_notes": piece.num_crowded_notes,
        "ticks_per_beat": piece.source.ticks_per_beat,
        "beat_ticks": piece.clock.beat_ticks,
        "beat_grids": piece.grids,
        "swing_ratio": piece.swing_ratio,
        "content_hash": content_hash(row, score, piece.onset_deviation, piece.duration_deviation, piece.velocity_raw),
    }


def _numbers(table: pa.Table, name: str) -> Any:
    return numbers_of(table[name])
