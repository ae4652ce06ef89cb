"""`Clock`: which tick of a source each step of the grid stands for, by the file's own beats or by beats found in it.

Where beats lie is found in beats.py; what is moved to which step is decided in grid.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import EVENT_KINDS, WHOLE_PIECE, Events, Score
from aurl_core.score.time import TempoMap

Ticks = NDArray[np.int64]

_SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """Steps of the grid against ticks of the source."""

    ticks_per_beat: int
    """Of the source."""
    steps_per_beat: int
    beat_ticks: Ticks | None = None
    """(B,) the tick of each beat, rising, of which the first is 0 or less and the last is past the music; None: a beat
    is `ticks_per_beat` ticks."""

    def steps(self, ticks: NDArray[np.integer]) -> Ticks:
        """The step nearest to each tick, of two equally near the later one."""
        if self.beat_ticks is None:
            return nearest_steps(ticks, self.ticks_per_beat, self.steps_per_beat)
        nearest: Ticks = np.floor(self.beats(ticks) * self.steps_per_beat + 0.5).astype(np.int64)
        return nearest

    def ticks(self, steps: NDArray[np.integer]) -> Ticks:
        """The tick that each step stands for; past the last beat the clock goes on as in the last.

        >>> Clock(480, 24, np.array([-100, 500, 980])).ticks(np.array([0, 12, 24, 25])).tolist()
        [-100, 200, 500, 520]
        """
        if self.beat_ticks is None:
            return nearest_steps(steps, self.steps_per_beat, self.ticks_per_beat)
        steps = steps.astype(np.int64)
        beat = np.clip(steps // self.steps_per_beat, 0, len(self.beat_ticks) - 2)
        start = self.beat_ticks[beat]
        length = self.beat_ticks[beat + 1] - start
        within = nearest_steps((steps - beat * self.steps_per_beat) * length, self.steps_per_beat, 1)
        return np.asarray(start + within, np.int64)

    def beats(self, ticks: NDArray[np.integer]) -> NDArray[np.float64]:
        """The place of each tick, in beats."""
        if self.beat_ticks is None:
            return np.asarray(ticks / self.ticks_per_beat, np.float64)
        return np.asarray(np.interp(ticks, self.beat_ticks, np.arange(len(self.beat_ticks))), np.float64)

    def beat_seconds(self, score: Score, count: int) -> NDArray[np.float64]:
        """How long each of the first `count` beats lasts, by the tempo of the score that the clock is of."""
        ticks = self.ticks(np.arange(count + 1) * self.steps_per_beat)
        lengths: NDArray[np.float64] = np.diff(TempoMap.of(score).seconds(ticks))
        return lengths

    def events(self, score: Score) -> Events:
        """The events of a score in steps; where beats were found, their tempi stand in place of the file's."""
        if not len(score.events) and self.beat_ticks is None:
            return score.events
        moved = replace(score.events, onset=self.steps(score.events.onset).astype(np.int32))
        if self.beat_ticks is None:
            return moved
        return joined_events(self._tempos(score, self.beat_ticks), moved.take(moved.kind != EVENT_KINDS.index("tempo")))

    def _tempos(self, score: Score, beat_ticks: Ticks) -> Events:
        """A tempo for each beat that is not as long as the one before."""
        seconds = np.diff(TempoMap.of(score).seconds(beat_ticks))
        changed = np.flatnonzero(np.diff(seconds, prepend=0.0))
        places = zip(
            (changed * self.steps_per_beat).tolist(), (_SECONDS_PER_MINUTE / seconds[changed]).tolist(), strict=True
        )
        return Events.of([("tempo", onset, WHOLE_PIECE, 0, tempo_bpm, "") for onset, tempo_bpm in places])


def joined_events(first: Events, then: Events) -> Events:
    """The events of both in order of onset, of several at one onset those of `first` first."""
    columns = [np.concatenate([getattr(first, name), getattr(then, name)]) for name in Events.__slots__]
    return Events(*columns).take(np.argsort(columns[0], kind="stable"))


def nearest_steps(ticks: NDArray[np.integer], ticks_per_beat: int, steps_per_beat: int) -> Ticks:
    """The step nearest to each tick, of two equally near the later one; works from any clock to any other.

    >>> nearest_steps(np.array([9, 10, 481]), 480, 24).tolist()
    [0, 1, 24]
    """
    return (ticks.astype(np.int64) * (2 * steps_per_beat) + ticks_per_beat) // (2 * ticks_per_beat)
