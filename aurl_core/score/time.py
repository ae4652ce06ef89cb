"""Musical time: tempo (ticks to seconds) and meter (ticks to bars). Both are read off a score's events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aurl_core.score.score import Score

DEFAULT_TEMPO_BPM = 120.0
DEFAULT_TIME_SIGNATURE = (4, 4)


@dataclass(frozen=True, slots=True, eq=False)
class TempoMap:
    """Piecewise-constant tempo: from `onset[i]` on, a tick lasts `seconds_per_tick[i]`."""

    onset: NDArray[np.int64]
    seconds_per_tick: NDArray[np.float64]
    start_seconds: NDArray[np.float64]

    @classmethod
    def of(cls, score: Score) -> Self:
        """The tempo map of a score: 120 BPM until its first tempo event; of several at one tick the last counts."""
        tempos = score.events.select("tempo")
        onset = np.concatenate([[0], tempos.onset.astype(np.int64)])
        bpm = np.concatenate([[DEFAULT_TEMPO_BPM], tempos.value])
        last = np.append(onset[1:] != onset[:-1], True)
        onset, seconds_per_tick = onset[last], 60.0 / (bpm[last] * score.ticks_per_beat)
        elapsed = np.concatenate([[0.0], np.cumsum(np.diff(onset) * seconds_per_tick[:-1])])
        return cls(onset, seconds_per_tick, elapsed)

    def seconds(self, ticks: ArrayLike) -> NDArray[np.float64]:
        """The time in seconds of each tick.

        >>> TempoMap.of(Score(ticks_per_beat=24)).seconds([0, 24, 48]).tolist()
        [0.0, 0.5, 1.0]
        """
        at = np.asarray(ticks, np.int64)
        part = np.maximum(np.searchsorted(self.onset, at, side="right") - 1, 0)
        return self.start_seconds[part] + (at - self.onset[part]) * self.seconds_per_tick[part]

    def ticks(self, seconds: ArrayLike) -> NDArray[np.int64]:
        """The tick nearest to each time in seconds."""
        at = np.asarray(seconds, np.float64)
        part = np.maximum(np.searchsorted(self.start_seconds, at, side="right") - 1, 0)
        exact = self.onset[part] + (at - self.start_seconds[part]) / self.seconds_per_tick[part]
        return np.rint(exact).astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class BarGrid:
    """The bars of a score: bar i starts at tick `start[i]` and is `length[i]` ticks long.

    A time signature that changes in mid-bar ends the bar there, so a pickup or partial bar is a bar of its own length.
    Where a bar is no whole number of ticks (5/64 in 24 steps) each bar line is rounded down by itself.
    """

    start: NDArray[np.int64]
    length: NDArray[np.int64]
    numerator: NDArray[np.integer]
    denominator: NDArray[np.integer]
    is_cut: NDArray[np.bool_]
    """Does the next time signature end it before its time?"""

    @classmethod
    def of(cls, score: Score) -> Self:
        """The bars from tick 0 to the end of the music: at least one; 4/4 until the first time signature."""
        signatures = score.events.select("time_signature")
        onset = np.concatenate([[0], signatures.onset.astype(np.int64)])
        upper = np.concatenate([[DEFAULT_TIME_SIGNATURE[0]], signatures.number]).astype(np.int32)
        lower = np.concatenate([[DEFAULT_TIME_SIGNATURE[1]], signatures.value]).astype(np.int32)
        kept = np.append(onset[1:] != onset[:-1], True) & (onset < max(score.music_end, 1))
        return cls.of_signatures(
            onset[kept], upper[kept], lower[kept], ticks_per_beat=score.ticks_per_beat, end=max(score.music_end, 1)
        )

    @classmethod
    def of_signatures(
        cls,
        onset: NDArray[np.int64],
        numerator: NDArray[np.integer],
        denominator: NDArray[np.integer],
        *,
        ticks_per_beat: int,
        end: int,
    ) -> Self:
        """The bars from tick 0 to `end` of time signatures in order, the first at 0, all before `end`."""
        ends = np.append(onset[1:], end)
        parts_per_bar = np.maximum(numerator.astype(np.int64) * 4 * ticks_per_beat, denominator)
        counts = -(-(ends - onset) * denominator // parts_per_bar)
        which = np.repeat(np.arange(len(onset)), counts)
        nth = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        start, nominal_end = (onset[which] + n * parts_per_bar[which] // denominator[which] for n in (nth, nth + 1))
        next_change = np.append(onset[1:], np.iinfo(np.int64).max)
        is_cut = nominal_end > next_change[which]
        length = np.where(is_cut, next_change[which], nominal_end) - start
        return cls(start, length, numerator[which], denominator[which], is_cut)

    def __len__(self) -> int:
        return len(self.start)

    def bar_of(self, ticks: ArrayLike) -> NDArray[np.int64]:
        """The index of the bar that holds each tick; ticks past the end belong to the last bar."""
        return np.maximum(np.searchsorted(self.start, np.asarray(ticks), side="right") - 1, 0)

    def position_of(self, ticks: ArrayLike) -> NDArray[np.int64]:
        """Each tick's distance from the start of its bar, in ticks.

        >>> BarGrid.of(Score(ticks_per_beat=24)).position_of([5]).tolist()
        [5]
        """
        at = np.asarray(ticks, np.int64)
        return at - self.start[self.bar_of(at)]
