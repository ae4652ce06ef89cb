"""The grids that notes may stand on, and which of them explains a beat best. Ticks and clocks live in clock.py.

Places are in beats, as floats; what comes out is steps. What a grid costs a beat, in nats, is how far the onsets lie
from its places (Gaussian noise, outliers capped), places that stay empty, onsets that are apart and would fall
together, how complex the grid is and how rare in the piece; the cheapest path through the beats (Viterbi) lets a grid
last.
"""

from __future__ import annotations

from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from aurl_core.quantization.params import GridName

Beats = NDArray[np.float64]
Steps = NDArray[np.int64]

GRIDS: Final[tuple[GridName, ...]] = get_args(GridName)
_FINEST: Final = 24
_PLACES: Final[dict[GridName, tuple[int, ...]]] = {
    "4th": (0,),
    "8th": (0, 12),
    "swing": (0, 16),
    "8th_triplet": (0, 8, 16),
    "16th": (0, 6, 12, 18),
    "16th_triplet": (0, 4, 8, 12, 16, 20),
    "32nd": tuple(range(0, 24, 3)),
    "steps": tuple(range(24)),
}
"""In 24ths of a beat."""
_UNIT: Final = np.array([24, 12, 8, 8, 6, 4, 3, 1])
"""What a note lasts at least, in 24ths of a beat, by grid."""
_COMPLEXITY: Final = np.array([0.0, 0.7, 5.4, 3.3, 2.9, 4.6, 4.5, 5.0])
"""What it costs a beat to have each grid, nats."""

_FRACTIONS: Final = 960
"""Into how many parts a beat is cut to look a place up."""


def _tables() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(G, F) for each grid and part of a beat the nearest place in 24ths, and its distance in beats."""
    part = np.arange(_FRACTIONS + 1) * _FINEST / _FRACTIONS
    nearest = np.empty((len(GRIDS), len(part)), np.int64)
    for row, name in enumerate(GRIDS):
        places = np.array([*_PLACES[name], _FINEST])
        nearest[row] = places[np.searchsorted((places[1:] + places[:-1]) / 2, part, side="right")]
    return nearest, np.abs(nearest - part) / _FINEST


_NEAREST, _DISTANCE = _tables()

_CHORD_SECONDS: Final = 0.035
"""Onsets no further apart are one chord, which stands on one place."""
_NOISE_SECONDS: Final = 0.03
_NOISE_BEATS: Final = 0.04
"""How far a played onset lies from its place, standard deviation: a part in seconds, a part in beats."""
_EXACT_BEATS: Final = 0.002
"""Where onsets lie nearer to the steps than this on average, the music keeps to them."""
_WORST: Final = 12.0
"""What an onset that no grid explains costs, nats."""
_EMPTY: Final = 1.3
"""What a place within a beat costs on which no onset stands, nats."""
_NUM_INNER: Final = np.array([len(places) - 1 for places in _PLACES.values()])
_PRIOR_BEATS: Final = 8.0
_HABIT: Final = 2.0
"""How much it costs to have a grid that is rare in the piece: times the surprise, in nats, as if each grid had been
seen in an eighth of `_PRIOR_BEATS` beats more."""
_COLLISION: Final = 4.0
"""What two onsets cost that are apart and fall on one place, nats."""
_CHANGE: Final = 1.7
"""What it costs to change the grid from one beat to the next, nats."""


def places(beats: Beats, grid: NDArray[np.integer] | int, steps_per_beat: int) -> Steps:
    """The step of the nearest place of a grid (an index of `GRIDS`, for all or one for each).

    >>> places(np.array([0.3, 1.97]), GRIDS.index("16th"), 24).tolist()
    [6, 48]
    """
    beat = np.floor(beats).astype(np.int64)
    part = ((beats - beat) * _FRACTIONS + 0.5).astype(np.int64)
    found: Steps = beat * steps_per_beat + _NEAREST[grid, part] * (steps_per_beat // _FINEST)
    return found


def units(grid: NDArray[np.integer] | int, steps_per_beat: int) -> Steps:
    """How many steps a note lasts at least on a grid."""
    steps: Steps = _UNIT[grid] * (steps_per_beat // _FINEST)
    return steps


def chords(times: Beats, *, is_exact: bool = False) -> NDArray[np.int64]:
    """The number of the chord that each of some rising times belongs to, from 0: in seconds, or in anything if exact.

    >>> chords(np.array([0.0, 0.01, 0.5])).tolist()
    [0, 0, 1]
    """
    return np.cumsum(np.diff(times, prepend=times[:1]) > (0.0 if is_exact else _CHORD_SECONDS))


def keeps_to_steps(beats: Beats) -> bool:
    """Do onsets lie on the steps already?"""
    part = ((beats % 1.0) * _FRACTIONS + 0.5).astype(np.int64)
    return bool(np.mean(_DISTANCE[-1, part]) < _EXACT_BEATS)


def grids_of(beats: Beats, seconds_per_beat: Beats, *, is_exact: bool) -> NDArray[np.uint8]:
    """(B,) the grid of each beat, an index of `GRIDS`, for the rising onsets of chords (K,) and the tempo at each.

    Music that keeps to the steps (`is_exact`) is let lie there. A beat without onsets has the grid of the one before.
    """
    beat = np.floor(beats).astype(np.int64)
    first = np.flatnonzero(np.diff(beat, prepend=-1))
    noise = _EXACT_BEATS if is_exact else np.hypot(_NOISE_BEATS, _NOISE_SECONDS / seconds_per_beat)
    cost = _costs(beats, noise, np.inf if is_exact else _WORST, first) + _COMPLEXITY
    found = cost.argmin(axis=1)
    shares = (np.bincount(found, minlength=len(GRIDS)) + _PRIOR_BEATS / len(GRIDS)) / (len(found) + _PRIOR_BEATS)
    found = _cheapest_path(cost - _HABIT * np.log(shares))
    return np.repeat(found, _spans(beat[first]))


def _spans(beat: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many beats each of some rising beats stands for: those to the next, the first also for those before it."""
    spans = np.diff(np.append(beat, beat[-1] + 1))
    spans[0] += beat[0]
    return spans


def _costs(beats: Beats, noise: Beats | float, worst: float, first: NDArray[np.intp]) -> NDArray[np.float64]:
    """(B, G) what the chords of each beat cost on each grid, nats; `first` is the first chord of each beat."""
    part = ((beats % 1.0) * _FRACTIONS + 0.5).astype(np.int64)
    cost = np.minimum((_DISTANCE[:, part] / noise) ** 2 / 2, worst)
    nearest = _NEAREST[:, part]
    is_apart = np.diff(nearest + np.floor(beats).astype(np.int64) * _FINEST, axis=1, prepend=-1) > 0
    cost += np.where(is_apart, 0.0, _COLLISION) - _EMPTY * (is_apart & (nearest > 0) & (nearest < _FINEST))
    return np.add.reduceat(cost, first, axis=1).T + _EMPTY * _NUM_INNER


def _cheapest_path(cost: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The cheapest sequence of columns of `cost` (B, G), where each change costs `_CHANGE`."""
    best, changes = np.empty(len(cost), np.uint8), np.zeros(cost.shape, bool)
    total = cost[0].copy()
    for row in range(1, len(cost)):
        best[row] = total.argmin()
        change = total[best[row]] + _CHANGE
        np.greater(total, change, out=changes[row])
        np.minimum(total, change, out=total)
        total += cost[row]
    grid, path = int(total.argmin()), np.empty(len(cost), np.uint8)
    for row in range(len(cost) - 1, -1, -1):
        path[row] = grid
        if changes[row, grid]:
            grid = int(best[row])
    return path
