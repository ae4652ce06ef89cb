"""Beats heard in the notes alone, for music that was played without regard to its file's beats.

The right beats let the notes be written most simply. So the cheapest path (dynamic programming) is sought over the
chords that could be beats. An arc from chord to chord stands for one beat, or for a few of which no note marks the
inner ones. It costs what the notes within it cost on the best grid (Gaussian noise, places left empty, notes without a
place of their own), a change of tempo, and an unusual tempo; a chord that is loud, full, low or long is worth
something. Which step a note gets is decided in grid.py, how ticks follow beats in clock.py.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurl_core.quantization.grid import chords
from aurl_core.score.score import Notes, Score
from aurl_core.score.time import TempoMap

Floats = NDArray[np.float64]

_FEWEST_NOTES: Final = 8
_REACH: Final = 8
"""Chords before and after one with which it is compared."""
_CHORD_SECONDS: Final = 0.03
_TINY: Final = 1e-6
_WEIGHTS: Final = np.array([0.95, 0.7, 0.95, 0.3, 0.13])
"""What the number, loudness and depth of a chord's notes, the time until the next and their length are worth, in nats
for a standard deviation."""

_MOST_CHORDS: Final = 16
"""Chords from one beat to the next at most."""
_MOST_BEATS: Final = 4
"""Beats of an arc at most; an arc of several has twice as many chords at most."""
_SHORTEST: Final = 0.24
_LONGEST: Final = 1.9
"""A beat, in seconds."""
_USUAL: Final = 0.54
"""A beat, in seconds."""
_SPREAD: Final = 0.37
_OWN_SPREAD: Final = 0.15
"""Standard deviation of the logarithm of the lengths of beats: of all music, of one piece."""
_TEMPO_BINS: Final = 48
_BINS: Final = np.log(np.geomspace(_SHORTEST, _LONGEST, _TEMPO_BINS))
"""Logarithms of the lengths of beats that are told apart."""
_DRIFT: Final = 0.09
"""Standard deviation of the change of that logarithm from beat to beat."""
_EDGE_SECONDS: Final = 2.0
"""The first beat and the last are no further than this from the first and the last chord."""

_DIVISIONS: Final = np.array([1, 2, 3, 4, 6, 8])
"""Into how many even parts a beat may be divided."""
_NOISE_SECONDS: Final = 0.02
_NOISE_BEATS: Final = 0.028
"""How far a played onset lies from its place, standard deviation: a part in seconds, a part in beats."""

# What things cost, in nats.
_COMPLEXITY: Final = np.array([-1.2, -0.8, 1.7, 2.7, 4.3, 7.1])  # each of the divisions, a beat
_HABIT: Final = 0.5  # a division that is rare in the piece, times its surprise
_BEAT: Final = 1.5  # a beat
_UNMARKED: Final = 4.8  # a beat that no note marks
_EMPTY: Final = 0.64  # a place within a beat where no note begins
_CROWDED: Final = 2.1  # a note that finds all places taken
_MISPLACED: Final = 5.0  # a note far from any place, at most
_DRIFTED: Final = 17.0  # a change of tempo, at most
_SKIPPED: Final = 1.5  # a chord before the first beat or after the last


def heard_beats(score: Score) -> Floats:
    """The times of the beats in seconds, rising, as heard in the notes of a score; empty if there are too few."""
    notes, tempo = score.notes, TempoMap.of(score)
    if len(notes) < _FEWEST_NOTES:
        return np.empty(0)
    begin = tempo.seconds(notes.onset)
    chord = chords(begin)
    seconds = np.bincount(chord, begin) / np.bincount(chord)
    weight = _WEIGHTS @ _salience(notes, chord, seconds, tempo.seconds(notes.offset) - begin)
    return tracked_beats(seconds, weight)


def _salience(notes: Notes, chord: NDArray[np.int64], seconds: Floats, length: Floats) -> Floats:
    """(5, K) how many, how loud and how low the notes of each chord are, how long it is until the next, and how long
    they last; against the chords around it, in standard deviations."""
    first = np.flatnonzero(np.diff(chord, prepend=-1))
    features = np.stack(
        [
            np.log2(np.bincount(chord)),
            np.maximum.reduceat(notes.velocity.astype(np.float64), first),
            -np.minimum.reduceat(notes.pitch.astype(np.float64), first),
            np.log(np.clip(np.diff(seconds, append=seconds[-1] + 1.0), _CHORD_SECONDS, _LONGEST)),
            np.log(np.clip(np.maximum.reduceat(length, first), _CHORD_SECONDS, 2 * _LONGEST)),
        ]
    )
    apart = features - _mean_around(features)
    salience: Floats = apart / (apart.std(axis=1, keepdims=True) + _TINY)
    return salience


def _mean_around(features: Floats) -> Floats:
    """The mean of each value and its `_REACH` neighbours on either side, the outermost standing for those that lack."""
    width = 2 * _REACH + 1
    padded = np.pad(features, ((0, 0), (_REACH + 1, _REACH)), mode="edge")
    sums = np.cumsum(padded, axis=1)
    means: Floats = (sums[:, width:] - sums[:, :-width]) / width
    return means


def tracked_beats(seconds: Floats, weight: Floats) -> Floats:
    """The times of the beats, rising, among chords at `seconds` (K,) that are worth `weight` (K,) nats as beats.

    The path is sought twice: the second time for the tempo and the divisions that the first has shown to be usual.
    """
    arcs = _arcs(seconds, weight)
    if not len(arcs.start):
        return np.empty(0)
    style = _Style(_USUAL, _SPREAD, _COMPLEXITY)
    path = _cheapest(arcs, arcs.cost(style), seconds)
    if len(path):
        path = _cheapest(arcs, arcs.cost(_style_of(arcs, path, style)), seconds)
    return _beats_of_path(arcs, path, seconds)


class _Style(NamedTuple):
    """What is expected of the beats of a piece."""

    length: float
    """Of a beat, in seconds."""
    spread: float
    """Standard deviation of the logarithm of the length."""
    complexity: Floats
    """(D,) what it costs a beat to be divided in each way, nats."""


class _Arcs(NamedTuple):
    """Arcs (A,) in order of `start`."""

    start: NDArray[np.intp]
    end: NDArray[np.intp]
    beats: NDArray[np.int64]
    length: Floats
    """Of a beat, in seconds."""
    fit: Floats
    """(D, A) what the notes cost when the beats are divided in each way, nats."""
    weight: Floats
    """What the chord at the end is worth, nats."""

    def cost(self, style: _Style) -> Floats:
        """(A,) what each costs but for the change of tempo."""
        beats = np.minimum(self.beats, _MOST_BEATS)
        fit = (self.fit + style.complexity[:, None] * beats).min(0)
        tempo = (np.log(self.length / style.length) / style.spread) ** 2 / 2
        cost: Floats = fit + beats * (_BEAT + tempo) + (beats - 1) * _UNMARKED - self.weight
        return cost


def _arcs(seconds: Floats, weight: Floats) -> _Arcs:
    parts = [_arcs_over_silence(seconds)]
    for beats in range(1, _MOST_BEATS + 1):
        most = min(_MOST_CHORDS if beats == 1 else 2 * beats, len(seconds) - 1)
        parts += [_arcs_over(seconds, count, beats) for count in range(1, most + 1)]
    start, end, beats_of, length, fit = (np.concatenate(column, axis=-1) for column in zip(*parts, strict=True))
    order = np.argsort(start, kind="stable")
    return _Arcs(start[order], end[order], beats_of[order], length[order], fit[:, order], weight[end[order]])


def _arcs_over(seconds: Floats, count: int, beats: int) -> tuple[NDArray[Any], ...]:
    """Arcs that lead `count` chords on in `beats` beats: start, end, beats, length and fit."""
    length = (seconds[count:] - seconds[:-count]) / beats
    start = np.flatnonzero((length >= _SHORTEST) & (length <= _LONGEST))
    length = length[start]
    inner = (seconds[start + np.arange(1, count)[:, None]] - seconds[start]) / length
    return start, start + count, np.full(len(start), beats), length, _fit(inner, length, beats)


def _arcs_over_silence(seconds: Floats) -> tuple[NDArray[Any], ...]:
    """Arcs over what is too long for the others, in as many beats as any tempo makes of it."""
    start = np.flatnonzero(np.diff(seconds) > _MOST_BEATS * _LONGEST)
    span = seconds[start + 1] - seconds[start]
    beats = np.rint(span / np.exp(_BINS)[:, None]).astype(np.int64)
    start = np.tile(start, len(_BINS))
    return start, start + 1, beats.ravel(), (span / beats).ravel(), np.zeros((len(_DIVISIONS), len(start)))


def _fit(inner: Floats, length: Floats, beats: int) -> Floats:
    """(D, A) what the inner chords (C, A), in beats from the start, cost where the beats are divided in each way."""
    precision = 1 / (2 * (_NOISE_BEATS**2 + (_NOISE_SECONDS / length) ** 2))
    fit = np.empty((len(_DIVISIONS), len(length)))
    for row, division in enumerate(_DIVISIONS.tolist()):
        distance = inner - np.rint(inner * division) / division
        spare = beats * division - 1 - len(inner)
        fit[row] = np.minimum(distance**2 * precision, _MISPLACED).sum(0)
        fit[row] += _EMPTY * spare if spare > 0 else -_CROWDED * spare
    return fit


def _style_of(arcs: _Arcs, path: NDArray[np.intp], style: _Style) -> _Style:
    """What the arcs of a path show the piece to be like."""
    beats = np.minimum(arcs.beats[path], _MOST_BEATS)
    division = (arcs.fit[:, path] + style.complexity[:, None] * beats).argmin(0)
    counts = np.bincount(division, beats, minlength=len(_DIVISIONS)) + 1
    complexity = style.complexity - _HABIT * np.log(counts / counts.sum())
    return _Style(float(np.median(np.repeat(arcs.length[path], beats))), _OWN_SPREAD, complexity)


def _tempo_bin(length: Floats) -> NDArray[np.intp]:
    bins: NDArray[np.intp] = np.rint((np.log(length) - _BINS[0]) / (_BINS[1] - _BINS[0])).astype(np.intp)
    return np.clip(bins, 0, _TEMPO_BINS - 1)


def _cheapest(arcs: _Arcs, arc_cost: Floats, seconds: Floats) -> NDArray[np.intp]:
    """The arcs of the cheapest path in order; none if none reaches the end."""
    count, tempo_of = len(seconds), _tempo_bin(arcs.length)
    cost = np.full((count, _TEMPO_BINS), np.inf)  # the cheapest way to each chord after a beat of each length
    last = np.full((count, _TEMPO_BINS), -1)  # its last arc
    before = np.full((count, _TEMPO_BINS), -1)  # the tempo before that
    num_first = int(np.searchsorted(seconds, seconds[0] + _EDGE_SECONDS))
    drift = np.minimum(((_BINS[:, None] - _BINS) / _DRIFT) ** 2 / 2, _DRIFTED)
    bounds, columns = np.searchsorted(arcs.start, np.arange(count + 1)).tolist(), np.arange(_TEMPO_BINS)
    for node in range(count):
        out = slice(bounds[node], bounds[node + 1])
        if out.start == out.stop:
            continue
        ways = cost[node, :, None] + drift
        came = ways.argmin(0)
        reach = ways[came, columns]
        if node < num_first:
            came = np.where(reach > node * _SKIPPED, -1, came)
            reach = np.minimum(reach, node * _SKIPPED)
        tempo, end = tempo_of[out], arcs.end[out]
        total = reach[tempo] + arc_cost[out]
        better = np.flatnonzero(total < cost[end, tempo])
        better = better[np.argsort(-total[better], kind="stable")]  # of two to one place the cheaper is written last
        end, tempo = end[better], tempo[better]
        cost[end, tempo], last[end, tempo], before[end, tempo] = total[better], better + out.start, came[tempo]
    return _traced(arcs, cost, last, before, seconds)


def _traced(
    arcs: _Arcs, cost: Floats, last: NDArray[np.int64], before: NDArray[np.int64], seconds: Floats
) -> NDArray[np.intp]:
    """The path back from the cheapest end."""
    ends = np.flatnonzero(seconds >= seconds[-1] - _EDGE_SECONDS)
    node = int(ends[(cost[ends].min(1) + (len(seconds) - 1 - ends) * _SKIPPED).argmin()])
    tempo, path = int(cost[node].argmin()), list[int]()
    while tempo >= 0 and last[node, tempo] >= 0:
        path.append(int(last[node, tempo]))
        node, tempo = int(arcs.start[path[-1]]), int(before[node, tempo])
    return np.array(path[::-1], np.intp)


def _beats_of_path(arcs: _Arcs, path: NDArray[np.intp], seconds: Floats) -> Floats:
    """The beats at the starts of the arcs, those within them, and the last."""
    if not len(path):
        return np.empty(0)
    beats = arcs.beats[path]
    nth = np.arange(beats.sum()) - np.repeat(np.cumsum(beats) - beats, beats)
    inner = np.repeat(seconds[arcs.start[path]], beats) + nth * np.repeat(arcs.length[path], beats)
    return np.append(inner, seconds[arcs.end[path[-1]]])
