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
from scipy.ndimage import uniform_filter1d

from aurl_core.quantization.grid import chords
from aurl_core.score.score import Notes, Score
from aurl_core.score.time import TempoMap

Floats = NDArray[np.float64]

_FEWEST_NOTES: Final = 8
_AROUND: Final = 17
"""Chords with which one is compared."""
_CHORD_SECONDS: Final = 0.03
_TINY: Final = 1e-6
_MOST_CHORDS: Final = 16
"""Chords from one beat to the next at most."""
_MOST_BEATS: Final = 4
"""Beats of an arc at most; one of several has twice as many chords at most."""
_SHORTEST: Final = 0.24
_LONGEST: Final = 1.9
"""A beat, in seconds."""
_USUAL: Final = 0.54
"""A beat, in seconds."""
_TEMPO_SPREAD: Final = 0.37
"""Standard deviation of the tempo's logarithm."""
_TEMPO_BINS: Final = 48
_BINS: Final = np.log(np.geomspace(_SHORTEST, _LONGEST, _TEMPO_BINS))
"""Logarithms of the lengths of beats that are told apart."""
_DRIFT: Final = 0.09
"""Standard deviation of the change of the tempo's logarithm from beat to beat."""
_MOST_DRIFT_COST: Final = 17.0
_UNMARKED: Final = 4.8
"""What a beat costs that no note marks, nats."""
_NOISE_SECONDS: Final = 0.02
_NOISE_BEATS: Final = 0.034
_WORST: Final = 6.9
_EMPTY: Final = 0.48
_CROWDED: Final = 2.1
_SKIPPED: Final = 1.5
"""What a chord costs before the first or after the last beat, nats."""
_EDGE_SECONDS: Final = 2.0
_BEAT: Final = 0.95
"""What every beat costs."""
_DIVISIONS: Final = np.array([1, 2, 3, 4, 6, 8])
_COMPLEXITY: Final = np.array([-1.2, -0.1, 1.7, 2.7, 4.3, 7.1])
_WEIGHTS: Final = np.array([0.7, 0.7, 0.95, 0.19, 0.13])
"""What notes, loudness, depth and length of a chord are worth, nats a standard deviation."""


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
    """(5, K) how many, how loud, how low and how long the notes of each chord are, and how long it is until the next;
    against the chords around it, in standard deviations."""
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
    around = uniform_filter1d(features, _AROUND, axis=1, mode="nearest")
    apart = features - around
    salience: Floats = apart / (apart.std(axis=1, keepdims=True) + _TINY)
    return salience


def tracked_beats(seconds: Floats, weight: Floats) -> Floats:
    """The times of the beats, rising, among chords at `seconds` (K,) that are worth `weight` (K,) nats as beats."""
    arcs = _arcs(seconds, weight)
    if not len(arcs.start):
        return np.empty(0)
    return _beats_of_path(_cheapest(arcs, seconds), seconds)


class _Arcs(NamedTuple):
    """Arcs in order of `start`."""

    start: NDArray[np.intp]
    end: NDArray[np.intp]
    beats: NDArray[np.int64]
    tempo: NDArray[np.intp]
    """Bin of the length of a beat."""
    cost: Floats


def _arcs(seconds: Floats, weight: Floats) -> _Arcs:
    parts = []
    for beats in range(1, _MOST_BEATS + 1):
        most = min(_MOST_CHORDS if beats == 1 else 2 * beats, len(seconds) - 1)
        parts += [_arcs_over(seconds, weight, count, beats) for count in range(1, most + 1)]
    parts.append(_arcs_over_silence(seconds, weight))
    start, end, count, length, cost = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(start, kind="stable")
    return _Arcs(start[order], end[order], count[order], _tempo_bin(length[order]), cost[order])


def _arcs_over(seconds: Floats, weight: Floats, count: int, beats: int) -> tuple[NDArray[Any], ...]:
    """Arcs that lead `count` chords on in `beats` beats: start, end, beats, length of a beat in seconds, cost."""
    span = seconds[count:] - seconds[:-count]
    length = span / beats
    start = np.flatnonzero((length >= _SHORTEST) & (length <= _LONGEST))
    length = length[start]
    inner = (seconds[start[:, None] + np.arange(1, count)] - seconds[start, None]) / length[:, None]
    cost = _notes_cost(inner, length, beats)
    cost += beats * (_BEAT + (np.log(length / _USUAL) / _TEMPO_SPREAD) ** 2 / 2) + (beats - 1) * _UNMARKED
    cost -= weight[start + count]
    return start, start + count, np.full(len(start), beats), length, cost


def _arcs_over_silence(seconds: Floats, weight: Floats) -> tuple[NDArray[Any], ...]:
    """Arcs over what is too long for the others, in as many beats as any tempo makes of it."""
    start = np.flatnonzero(np.diff(seconds) > _MOST_BEATS * _LONGEST)
    span = (seconds[start + 1] - seconds[start])[:, None]
    count = np.rint(span / np.exp(_BINS)).astype(np.int64)
    cost = np.broadcast_to(_MOST_BEATS * _UNMARKED - weight[start + 1][:, None], count.shape)
    start = np.broadcast_to(start[:, None], count.shape)
    return tuple(column.ravel() for column in (start, start + 1, count, span / count, cost))


def _notes_cost(inner: Floats, length: Floats, beats: int) -> Floats:
    """(A,) what the inner chords (A, C), in beats from the start, cost on the best grid, nats."""
    variance = _NOISE_BEATS**2 + (_NOISE_SECONDS / length[:, None]) ** 2
    best = np.full(len(inner), np.inf)
    for division, complexity in zip(_DIVISIONS.tolist(), _COMPLEXITY.tolist(), strict=True):
        distance = inner - np.rint(inner * division) / division
        cost = np.minimum(distance**2 / (2 * variance), _WORST).sum(1)
        spare = beats * (division - 1) - inner.shape[1] + (beats - 1)
        cost += beats * complexity + (_EMPTY * spare if spare > 0 else -_CROWDED * spare)
        np.minimum(best, cost, out=best)
    return best


def _tempo_bin(length: Floats) -> NDArray[np.intp]:
    bins: NDArray[np.intp] = np.rint((np.log(length) - _BINS[0]) / (_BINS[1] - _BINS[0])).astype(np.intp)
    return np.clip(bins, 0, _TEMPO_BINS - 1)


class _Paths(NamedTuple):
    """(K, T) the cheapest way to each chord as a beat after a beat of each length: its cost and its last arc."""

    cost: Floats
    arc: NDArray[np.int64]
    tempo_before: NDArray[np.int64]
    arcs: _Arcs


def _cheapest(arcs: _Arcs, seconds: Floats) -> _Paths:
    count = len(seconds)
    cost = np.full((count, _TEMPO_BINS), np.inf)
    arc = np.full((count, _TEMPO_BINS), -1)
    before = np.zeros((count, _TEMPO_BINS), np.int64)
    num_first = int(np.searchsorted(seconds, seconds[0] + _EDGE_SECONDS))
    opening = np.arange(count) * _SKIPPED
    drift = np.minimum(((_BINS[:, None] - _BINS) / _DRIFT) ** 2 / 2, _MOST_DRIFT_COST)
    bounds = np.searchsorted(arcs.start, np.arange(count + 1)).tolist()
    columns = np.arange(_TEMPO_BINS)
    for node in range(count):
        out = slice(bounds[node], bounds[node + 1])
        if out.start == out.stop:
            continue
        ways = cost[node, :, None] + drift
        came = ways.argmin(0)
        reach = ways[came, columns]
        if node < num_first:
            came = np.where(reach > opening[node], -1, came)
            reach = np.minimum(reach, opening[node])
        tempo, end = arcs.tempo[out], arcs.end[out]
        total = reach[tempo] + arcs.cost[out]
        better = np.flatnonzero(total < cost[end, tempo])
        better = better[np.argsort(-total[better], kind="stable")]  # of two to one place the cheaper is written last
        end, tempo = end[better], tempo[better]
        cost[end, tempo] = total[better]
        arc[end, tempo] = better + out.start
        before[end, tempo] = came[tempo]
    return _Paths(cost, arc, before, arcs)


def _beats_of_path(paths: _Paths, seconds: Floats) -> Floats:
    count = len(seconds)
    last = np.arange(count)[seconds >= seconds[-1] - _EDGE_SECONDS]
    final = paths.cost[last].min(1) + (count - 1 - last) * _SKIPPED
    node = int(last[final.argmin()])
    tempo = int(paths.cost[node].argmin())
    if not np.isfinite(paths.cost[node, tempo]):
        return np.empty(0)
    beats = [seconds[node : node + 1]]
    while tempo >= 0:
        arc = paths.arc[node, tempo]
        start, number = int(paths.arcs.start[arc]), int(paths.arcs.beats[arc])
        beats.append(np.linspace(seconds[start], seconds[node], number, endpoint=False))
        node, tempo = start, int(paths.tempo_before[node, tempo])
    return np.concatenate(beats[::-1])
