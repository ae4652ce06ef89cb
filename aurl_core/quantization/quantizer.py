"""Moving a score to a grid, with a record of what was played. Tables are made in corpus/quantized.py.

Onsets and offsets are each moved by themselves, from the start of the piece: no error is carried from one note to the
next, and what was legato stays so. Where beats are found is in beats.py, which places a beat has in grid.py and
swing.py, what becomes of velocities in velocity.py, and which notes go where too many sound in polyphony.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurl_core.quantization.clock import Clock, Ticks
from aurl_core.quantization.grid import GRIDS, chords, grids_of, keeps_to_steps, places, units
from aurl_core.quantization.params import GridName, QuantizeParams
from aurl_core.quantization.polyphony import within_polyphony
from aurl_core.quantization.swing import straightened, swing_ratio, swung_beats
from aurl_core.quantization.velocity import normalised_velocity
from aurl_core.quantization.warp import clock_of
from aurl_core.score.score import Notes, Score, note_order
from aurl_core.score.time import BarGrid, TempoMap


@dataclass(frozen=True, eq=False)
class QuantizedScore:
    """A score in steps, note by note with what was played; deviations and errors are worked out when asked for."""

    score: Score
    played: Notes
    """(N,) the notes as the source has them, in its ticks, in the order of the score's."""
    source: Score
    clock: Clock
    """Which tick of the source each step stands for."""
    num_short_notes: int = 0
    """Notes dropped because they end where they begin."""
    num_crowded_notes: int = 0
    """Notes dropped because too many sounded at once."""
    grids: tuple[GridName, ...] = ()
    """Mode `adaptive`: the grid of each beat."""
    swing_ratio: float | None = None
    """Mode `groove`: how long the first of two swung eighths is against the second; None where eighths are even."""

    @property
    def num_dropped_notes(self) -> int:
        return self.num_short_notes + self.num_crowded_notes

    @property
    def velocity_raw(self) -> NDArray[np.uint8]:
        """(N,) velocity as played."""
        return self.played.velocity

    @property
    def onset_deviation(self) -> NDArray[np.int32]:
        """(N,) played minus grid, ticks of the source."""
        return (self.played.onset - self._grid_onset).astype(np.int32)

    @property
    def duration_deviation(self) -> NDArray[np.int32]:
        """(N,) played minus grid, ticks of the source."""
        return (self.played.duration - (self._grid_offset - self._grid_onset)).astype(np.int32)

    @cached_property
    def onset_error_seconds(self) -> NDArray[np.float64]:
        """(N,) played minus grid, by the tempo of the source."""
        return self._tempo.seconds(self.played.onset) - self._tempo.seconds(self._grid_onset)

    @cached_property
    def duration_error_seconds(self) -> NDArray[np.float64]:
        """(N,) played minus grid, by the tempo of the source."""
        offset_error = self._tempo.seconds(self.played.offset) - self._tempo.seconds(self._grid_offset)
        return offset_error - self.onset_error_seconds

    @cached_property
    def _tempo(self) -> TempoMap:
        return TempoMap.of(self.source)

    @cached_property
    def _grid_onset(self) -> Ticks:
        return self.clock.ticks(self.score.notes.onset)

    @cached_property
    def _grid_offset(self) -> Ticks:
        return self.clock.ticks(self.score.notes.offset)


def quantize_score(score: Score, params: QuantizeParams, *, clock: Clock | None = None) -> QuantizedScore:
    """The score on the grid of `params`; mode `off` keeps its ticks as the grid.

    `clock` says where the beats are (`warp_to_beats`) instead of `params.beats`.

    >>> from aurl_core.score.score import Notes
    >>> params = QuantizeParams(mode="strict", steps_per_beat=24, short_notes="lengthen")
    >>> played = Score(480, Notes.of(onset=[3, 487], duration=[470, 230], pitch=60))
    >>> quantized = quantize_score(played, params)
    >>> quantized.score.notes.onset.tolist(), quantized.onset_deviation.tolist()
    ([0, 24], [3, 7])
    """
    clock = clock or clock_of(score, params)
    placed = _placed(score, params, clock)
    rows = note_order(placed.onset, score.notes.track, score.notes.pitch, placed.duration)
    if params.short_notes == "drop":
        rows = rows[placed.offset[rows] > placed.onset[rows]]
    num_short = len(score.notes) - len(rows)
    if params.max_polyphony:
        rows = rows[_is_uncrowded(score, placed, rows, params)]
    played = score.notes.take(rows)
    notes = replace(
        played,
        onset=placed.onset[rows].astype(np.int32),
        duration=placed.duration[rows].astype(np.int32),
        velocity=normalised_velocity(played.velocity, params),
    )
    moved = replace(score, ticks_per_beat=clock.steps_per_beat, notes=notes, events=clock.events(score))
    num_crowded = len(score.notes) - num_short - len(rows)
    return QuantizedScore(moved, played, score, clock, num_short, num_crowded, placed.grids, placed.swing_ratio)


def bars_and_positions(score: Score) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:
    """The bar of each note, its distance from the start of the bar in the score's clock, and the number of bars."""
    bars = BarGrid.of(score)
    bar = bars.bar_of(score.notes.onset)
    return bar.astype(np.int32), bars.position_of(score.notes.onset).astype(np.int32), len(bars)


class _Placed(NamedTuple):
    """Where notes are moved to, in steps."""

    onset: Ticks
    offset: Ticks
    unit: NDArray[np.int64] | int = 1
    """Steps that a note lasts at least, if it is not dropped."""
    grids: tuple[GridName, ...] = ()
    swing_ratio: float | None = None

    @property
    def duration(self) -> Ticks:
        longest: Ticks = np.maximum(self.offset - self.onset, self.unit)
        return longest


def _placed(score: Score, params: QuantizeParams, clock: Clock) -> _Placed:
    """The places that the mode of `params` finds."""
    if params.mode == "adaptive" and len(score.notes):
        return _adapted(score, clock)
    if params.mode == "groove":
        return _grooved(score.notes, params, clock)
    return _nearest(score.notes, params.grid if params.mode == "strict" else "steps", clock)


def _nearest(notes: Notes, grid: GridName, clock: Clock) -> _Placed:
    """The nearest places of one grid."""
    if grid == "steps":
        return _Placed(clock.steps(notes.onset), clock.steps(notes.offset))
    number, steps_per_beat = GRIDS.index(grid), clock.steps_per_beat
    onset, offset = (places(clock.beats(ticks), number, steps_per_beat) for ticks in (notes.onset, notes.offset))
    return _Placed(onset, offset, int(units(number, steps_per_beat)))


def _grooved(notes: Notes, params: QuantizeParams, clock: Clock) -> _Placed:
    """The nearest places of one grid after swung eighths have been made even."""
    number, steps_per_beat = GRIDS.index(params.grid), clock.steps_per_beat
    beat, part = swung_beats(clock.beats(notes.onset))
    onset, offset = (
        places(straightened(clock.beats(ticks), beat, part), number, steps_per_beat)
        for ticks in (notes.onset, notes.offset)
    )
    return _Placed(onset, offset, int(units(number, steps_per_beat)), swing_ratio=swing_ratio(part))


def _adapted(score: Score, clock: Clock) -> _Placed:
    """The nearest places of the grid found for each beat, the notes of a chord together."""
    onset = clock.beats(score.notes.onset)
    beat_seconds = clock.beat_seconds(score, int(onset[-1]) + 1)
    is_exact = keeps_to_steps(onset)
    chord = chords(onset if is_exact else TempoMap.of(score).seconds(score.notes.onset), is_exact=is_exact)
    chord_onset = np.bincount(chord, onset) / np.bincount(chord)
    grids = grids_of(chord_onset, beat_seconds[chord_onset.astype(np.int64)], is_exact=is_exact)
    names = tuple(GRIDS[number] for number in grids)
    if is_exact:
        return _nearest(score.notes, "steps", clock)._replace(grids=names)
    offset = clock.beats(score.notes.offset)
    starts, ends = (grids[np.minimum(at.astype(np.int64), len(grids) - 1)] for at in (chord_onset, offset))
    start = places(chord_onset, starts, clock.steps_per_beat)[chord]
    end = places(offset, ends, clock.steps_per_beat)
    return _Placed(start, end, units(starts, clock.steps_per_beat)[chord], names)


def _is_uncrowded(score: Score, placed: _Placed, rows: NDArray[np.intp], params: QuantizeParams) -> NDArray[np.bool_]:
    """Which of the notes at `rows` stay within the polyphony that `params` allow; drums all do."""
    onset, duration = placed.onset[rows].astype(np.int32), placed.duration[rows].astype(np.int32)
    notes = replace(score.notes.take(rows), onset=onset, duration=duration)
    group = notes.track if params.polyphony_of == "track" else np.zeros(len(notes), np.int64)
    stays = score.is_drum[rows]
    pitched = np.flatnonzero(~stays)
    stays[pitched] = within_polyphony(notes.take(pitched), params.max_polyphony, group=group[pitched])
    return stays
