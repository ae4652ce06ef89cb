"""Moving a score to a grid, with a record of how far each note was moved. Tables are made in corpus/quantized.py.

Onsets and offsets are each rounded by themselves, from the start of the piece: no error is carried from one note to the
next, and what was legato stays so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aurl_core.quantization.params import QuantizeParams
from aurl_core.score.score import Notes, Score
from aurl_core.score.time import BarGrid, TempoMap

Ticks = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class QuantizedScore:
    """A score in steps, note by note with what quantizing changed."""

    score: Score
    onset_deviation: NDArray[np.int32]
    """(N,) played minus grid, ticks of the source."""
    duration_deviation: NDArray[np.int32]
    """(N,) played minus grid, ticks of the source."""
    velocity_raw: NDArray[np.uint8]
    """(N,) velocity as played."""
    onset_error_seconds: NDArray[np.float64]
    """(N,) played minus grid, by the tempo of the source."""
    duration_error_seconds: NDArray[np.float64]
    """(N,) played minus grid, by the tempo of the source."""
    num_dropped_notes: int


def quantize_score(score: Score, params: QuantizeParams) -> QuantizedScore:
    """The score on the grid of `params`; mode `off` keeps its ticks as the grid.

    >>> from aurl_core.score.score import Notes
    >>> params = QuantizeParams(mode="strict", steps_per_beat=24, short_notes="lengthen")
    >>> played = Score(480, Notes.of(onset=[3, 487], duration=[470, 230], pitch=60))
    >>> quantized = quantize_score(played, params)
    >>> quantized.score.notes.onset.tolist(), quantized.onset_deviation.tolist()
    ([0, 24], [3, 7])
    """
    steps_per_beat = score.ticks_per_beat if params.mode == "off" else params.steps_per_beat
    onset = nearest_steps(score.notes.onset, score.ticks_per_beat, steps_per_beat)
    offset = nearest_steps(score.notes.offset, score.ticks_per_beat, steps_per_beat)
    kept = np.arange(len(onset)) if params.short_notes == "lengthen" else np.flatnonzero(offset > onset)
    num_dropped = len(onset) - len(kept)
    onset, offset = onset[kept], np.maximum(offset, onset + 1)[kept]
    order = _order(score.notes.take(kept), onset, offset)
    kept, onset, offset = kept[order], onset[order], offset[order]

    played = score.notes.take(kept)
    ticks = nearest_steps(np.concatenate([onset, offset]), steps_per_beat, score.ticks_per_beat)
    grid_onset, grid_offset = np.split(ticks, 2)
    tempo = TempoMap.of(score)
    onset_error = tempo.seconds(played.onset) - tempo.seconds(grid_onset)
    offset_error = tempo.seconds(played.offset) - tempo.seconds(grid_offset)
    return QuantizedScore(
        score=_moved(score, played, onset, offset, steps_per_beat, params.velocity_median),
        onset_deviation=(played.onset - grid_onset).astype(np.int32),
        duration_deviation=(played.duration - (grid_offset - grid_onset)).astype(np.int32),
        velocity_raw=played.velocity,
        onset_error_seconds=onset_error,
        duration_error_seconds=offset_error - onset_error,
        num_dropped_notes=num_dropped,
    )


def nearest_steps(ticks: NDArray[np.integer], ticks_per_beat: int, steps_per_beat: int) -> Ticks:
    """The step nearest to each tick, of two equally near the later one; works from any clock to any other.

    >>> nearest_steps(np.array([9, 10, 481]), 480, 24).tolist()
    [0, 1, 24]
    """
    return (2 * steps_per_beat * ticks.astype(np.int64) + ticks_per_beat) // (2 * ticks_per_beat)


def bars_and_positions(score: Score) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:
    """The bar of each note, its distance from the start of the bar in the score's clock, and the number of bars."""
    bars = BarGrid.of(score)
    bar = bars.bar_of(score.notes.onset)
    return bar.astype(np.int32), bars.position_of(score.notes.onset).astype(np.int32), len(bars)


def _order(notes: Notes, onset: Ticks, offset: Ticks) -> NDArray[np.intp]:
    """The order of `Notes.of` on the grid."""
    return np.lexsort((offset, notes.pitch, notes.track, onset))


def _moved(
    score: Score, played: Notes, onset: Ticks, offset: Ticks, steps_per_beat: int, velocity_median: int
) -> Score:
    """The score at its places on the grid, events too."""
    notes = replace(
        played,
        onset=onset.astype(np.int32),
        duration=(offset - onset).astype(np.int32),
        velocity=_levelled(played.velocity, velocity_median),
    )
    event_onset = nearest_steps(score.events.onset, score.ticks_per_beat, steps_per_beat).astype(np.int32)
    return replace(score, ticks_per_beat=steps_per_beat, notes=notes, events=replace(score.events, onset=event_onset))


def _levelled(velocity: NDArray[np.uint8], median: int) -> NDArray[np.uint8]:
    """Velocities moved so that their median is `median`; 0 leaves them."""
    if not median or not len(velocity):
        return velocity
    shift = median - round(float(np.median(velocity)))
    return np.clip(velocity.astype(np.int64) + shift, 1, 127).astype(np.uint8)
