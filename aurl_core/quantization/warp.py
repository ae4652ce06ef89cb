"""Which clock a score is quantized by: its file's beats, beats heard in it, or beats that a person gives."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aurl_core.quantization.beats import heard_beats
from aurl_core.quantization.clock import Clock
from aurl_core.quantization.params import QuantizeParams
from aurl_core.score.score import Score
from aurl_core.score.time import TempoMap

_DIVISIONS: Final = np.array([1, 2, 3, 4, 6, 8])
_CONCENTRATED: Final = 0.35
"""Mean resultant length of the onsets' phases, above which they keep to the beat; 1 is on the grid, noise near 0."""
_FEWEST_NOTES: Final = 8
"""Of fewer nothing can be told."""


def clock_of(score: Score, params: QuantizeParams) -> Clock:
    """The clock that `params` ask for; with too few notes to hear beats in, that of the file."""
    steps_per_beat = score.ticks_per_beat if params.mode == "off" else params.steps_per_beat
    file_clock = Clock(score.ticks_per_beat, steps_per_beat)
    if params.mode == "off" or params.beats == "file" or (params.beats == "auto" and keeps_to_beats(score)):
        return file_clock
    beat_seconds = heard_beats(score)
    return warp_to_beats(score, beat_seconds, steps_per_beat=steps_per_beat) if len(beat_seconds) > 1 else file_clock


def keeps_to_beats(score: Score) -> bool:
    """Do the notes begin where the file's beats are, or at some even part of them?

    The phases of the onsets within a part of a beat (a whole one to an eighth) are summed as vectors (Mardia & Jupp,
    Directional Statistics, 2.3.1): they add up for some part if the music was played or written to the file's beat, and
    cancel for all if it was not.
    """
    onset = np.unique(score.notes.onset)
    if len(onset) < _FEWEST_NOTES:
        return True
    phase = np.exp(2j * np.pi * np.outer(_DIVISIONS, onset / score.ticks_per_beat))
    return bool(np.abs(phase.mean(axis=1)).max() > _CONCENTRATED + 1 / np.sqrt(len(onset)))


def warp_to_beats(
    score: Score, beat_seconds: ArrayLike, *, steps_per_beat: int = 24, quarters_per_beat: ArrayLike = 1.0
) -> Clock:
    """The clock whose beats are at `beat_seconds` (B,), for `quantize_score(score, params, clock=...)`.

    A beat of a clock is a quarter note: where the given ones are others (1.5 in 6/8; one value, or one for each beat
    but the last) the quarters are put between them. Before the first beat and after the last they go on as they began
    and ended. Beats whose times don't rise are put between their neighbours; ValueError if fewer than two rise.
    """
    seconds = np.asarray(beat_seconds, np.float64)
    position = np.concatenate([[0.0], np.cumsum(np.broadcast_to(quarters_per_beat, len(seconds) - 1))])
    kept = np.diff(seconds, prepend=-np.inf) > 0
    seconds, position = seconds[kept], position[kept]
    if len(seconds) < 2:
        raise ValueError(f"{len(seconds)} beats make no clock: at least two, at rising times, do")
    tempo = TempoMap.of(score)
    tick = tempo.ticks(seconds)
    return Clock(score.ticks_per_beat, steps_per_beat, _quarters(tick, position, score.end))


def _quarters(tick: NDArray[np.int64], position: NDArray[np.float64], end: int) -> NDArray[np.int64]:
    """The ticks of all quarters from one at or before 0 to one past the end, for ticks at positions in quarters."""
    first, last = (
        (tick[1] - tick[0]) / (position[1] - position[0]),
        (tick[-1] - tick[-2]) / (position[-1] - position[-2]),
    )
    before = np.ceil(max(tick[0], 0) / first) + 1
    after = np.ceil(max(end + 1 - tick[-1], 0) / last) + 1
    tick = np.concatenate([[tick[0] - before * first], tick, [tick[-1] + after * last]])
    position = np.concatenate([[position[0] - before], position, [position[-1] + after]])
    quarters = np.rint(np.interp(np.arange(np.ceil(position[0]), np.floor(position[-1]) + 1), position, tick))
    rising = np.maximum.accumulate(quarters.astype(np.int64) - np.arange(len(quarters))) + np.arange(len(quarters))
    return rising[max(np.searchsorted(rising, 0, side="right") - 1, 0) :]
