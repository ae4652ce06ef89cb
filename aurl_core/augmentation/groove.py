"""Swing and the inexactness of a player, on the grid that the score has. How much is drawn in policy.py."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import Notes, Score
from aurl_core.score.time import BarGrid

_BEATS_THAT_SWING: Final = (2, 4)
"""Denominators of meters whose beat is two eighths."""
_STRAIGHT_PARTS: Final = 8
"""A beat whose notes all begin on its 32nds is straight; triplets and free rhythm are not."""
_LOUDEST: Final = 127

Ticks = NDArray[np.int64]


def swing(score: Score, ratio: float) -> Score:
    """The score with the first half of every straight beat taking `ratio` of it.

    What lies inside a beat moves along, its ends stay: nothing overtakes anything, and bars stay where they are. A note
    is at least one tick long.
    """
    warp = _Warp.of(score, ratio)
    notes = score.notes
    onset = warp.moved(notes.onset)
    duration = np.maximum(warp.moved(notes.offset) - onset, 1)
    events = replace(score.events, onset=warp.moved(score.events.onset).astype(np.int32))
    return replace(score, notes=_sorted(notes, onset, duration, notes.velocity), events=events)


def humanize(score: Score, rng: np.random.Generator, *, onset_beats: float, shortening: float, velocity: int) -> Score:
    """The score with each note a little early or late, shorter, louder or softer, by even chance within the bounds.

    Of two notes with different onsets the first stays the first, and no note comes to sound into the next of its pitch
    and track. Onsets move by whole ticks, at most `onset_beats` rounded to them.
    """
    notes = score.notes
    if not len(notes):
        return score
    room = _room(notes.onset, round(onset_beats * score.ticks_per_beat))
    onset = notes.onset + rng.integers(-room, room + 1)
    duration = np.maximum(np.rint(notes.duration * (1 - shortening * rng.random(len(notes)))), 1).astype(np.int64)
    duration = np.minimum(duration, _until_next(notes, onset))
    louder = notes.velocity.astype(np.int16) + rng.integers(-velocity, velocity + 1, len(notes))
    return score.with_notes(_sorted(notes, onset, duration, louder.clip(1, _LOUDEST)))


@dataclass(frozen=True, slots=True, eq=False)
class _Warp:
    """Which beats swing, and how far."""

    bars: BarGrid
    ticks_per_beat: int
    ratio: float
    uneven: Ticks
    """Starts of the beats that are not straight, in ascending order."""

    @classmethod
    def of(cls, score: Score, ratio: float) -> Self:
        warp = cls(BarGrid.of(score), score.ticks_per_beat, ratio, np.zeros(0, np.int64))
        onset = score.notes.onset.astype(np.int64)
        start = warp._beat_start(onset)[0]
        is_off = (onset - start) * _STRAIGHT_PARTS % score.ticks_per_beat != 0
        return replace(warp, uneven=np.unique(start[is_off]))

    def moved(self, ticks: NDArray[np.int32]) -> Ticks:
        """Where each moment goes; a later one never before an earlier one."""
        at = ticks.astype(np.int64)
        start, is_whole = self._beat_start(at)
        swings = is_whole & ~np.isin(start, self.uneven)
        half, middle = self.ticks_per_beat / 2, self.ratio * self.ticks_per_beat
        moved = np.interp(at - start, [0, half, 2 * half], [0, middle, 2 * half])
        return np.where(swings, start + np.rint(moved).astype(np.int64), at)

    def _beat_start(self, at: Ticks) -> tuple[Ticks, NDArray[np.bool_]]:
        """The start of each moment's beat, and whether that is a whole beat of a meter that swings."""
        bar = self.bars.bar_of(at)
        place = at - self.bars.start[bar]
        beat = place // self.ticks_per_beat * self.ticks_per_beat
        is_whole = beat + self.ticks_per_beat <= self.bars.length[bar]
        return self.bars.start[bar] + beat, is_whole & np.isin(self.bars.denominator[bar], _BEATS_THAT_SWING)


def _room(onset: NDArray[np.int32], reach: int) -> Ticks:
    """How far each note may move either way: `reach`, less than half the way to a neighbour, and not before 0."""
    moments, which = np.unique(onset, return_inverse=True)
    gap = np.diff(moments, append=np.iinfo(np.int32).max)
    nearest = np.minimum(gap, np.append(2 * moments[0] + 1, gap[:-1]))
    room: Ticks = np.minimum(reach, (nearest - 1) // 2).astype(np.int64)
    return room[which]


def _until_next(notes: Notes, onset: Ticks) -> Ticks:
    """How long each note may be: until the next of its pitch and track, if it did not sound into that before."""
    key = notes.track.astype(np.int64) << 8 | notes.pitch
    order = np.lexsort([notes.onset, key])
    following = np.append(order[1:], order[-1])
    is_same = (key[order] == key[following]) & (notes.offset[order] <= notes.onset[following])
    until = np.full(len(notes), np.iinfo(np.int32).max, np.int64)
    until[order] = np.where(is_same, onset[following] - onset[order], until[order])
    return until


def _sorted(notes: Notes, onset: Ticks, duration: Ticks, velocity: NDArray[Any]) -> Notes:
    return Notes.of(onset=onset, duration=duration, pitch=notes.pitch, velocity=velocity, track=notes.track)
