"""Swing: eighths of which the first is longer, how much longer it is, and where they stand once written evenly."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Beats = NDArray[np.float64]

_SWUNG: Final = (0.54, 0.72)
"""Where the only note within a beat stands that swings; later ones are dotted."""
_OTHER: Final = (0.2, 0.54)
"""Where a note stands that shows a beat to be divided otherwise."""
_LEAST_BEATS: Final = 4
_LEAST_SHARE: Final = 0.7
"""How many beats with a note within them must swing for the piece to."""


def swung_beats(onset: Beats) -> tuple[NDArray[np.int64], Beats]:
    """The beats that swing, rising, and where in each its second eighth stands, if the music with these onsets does.

    >>> swung_beats(np.array([0, 0.66, 1, 1.66, 2, 2.66, 3, 3.66]))[0].tolist()
    [0, 1, 2, 3]
    """
    beat = np.floor(onset).astype(np.int64)
    part = onset - beat
    is_swung = (part >= _SWUNG[0]) & (part <= _SWUNG[1])
    other = np.unique(beat[(part >= _OTHER[0]) & (part < _OTHER[1])])
    is_swung &= ~np.isin(beat, other)
    found, which = np.unique(beat[is_swung], return_inverse=True)
    if len(found) < max(_LEAST_BEATS, _LEAST_SHARE * (len(found) + len(other))):
        return np.empty(0, np.int64), np.empty(0)
    return found, np.bincount(which, part[is_swung]) / np.bincount(which)


def swing_ratio(part: Beats) -> float | None:
    """How long the first of two eighths is against the second, for the places in their beats where the second stand.

    >>> swing_ratio(np.array([0.75]))
    3.0
    """
    if not len(part):
        return None
    middle = float(np.median(part))
    return middle / (1 - middle)


def straightened(places: Beats, beat: NDArray[np.int64], part: Beats) -> Beats:
    """Places in beats with the swung beats `beat` stretched, so that what stood at `part` in each stands at its half.

    >>> straightened(np.array([0.6, 0.8, 1.6]), np.array([0]), np.array([0.6])).tolist()
    [0.5, 0.75, 1.6]
    """
    if not len(beat):
        return places
    own = np.floor(places).astype(np.int64)
    row = np.minimum(np.searchsorted(beat, own), len(beat) - 1)
    middle = np.where(beat[row] == own, part[row], 0.5)
    within = places - own
    moved: Beats = np.where(within < middle, within / (2 * middle), 0.5 + (within - middle) / (2 * (1 - middle)))
    return own + moved
