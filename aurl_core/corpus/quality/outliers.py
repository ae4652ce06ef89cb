"""Which pieces lie far from the others by a figure, and how this is said. The figures are made in figures.py.

A figure's distance is the modified z-score of Iglewicz and Hoaglin, "How to Detect and Handle Outliers" (1993): from
the median, in units of 1.4826 median absolute deviations, or 1.2533 mean ones where half of the pieces are equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurl_core.figure import figure


class Measure(NamedTuple):
    """A figure by which pieces are compared."""

    column: str
    title: str
    unit: str
    is_ratio: bool
    """Compared by its logarithm: twice as long is as far as half as long."""
    least_spread: float
    """What a standard deviation counts as at least, so that a corpus of equal pieces has no outliers by a hair."""


MEASURES: Final = (
    Measure("duration_seconds", "length", "s", True, 0.25),
    Measure("num_notes", "notes", "", True, 0.25),
    Measure("num_tracks", "tracks", "", True, 0.25),
    Measure("notes_per_second", "notes a second", "", True, 0.25),
    Measure("tempo_bpm", "tempo", "BPM", True, 0.25),
    Measure("polyphony", "polyphony", "", True, 0.25),
    Measure("mean_note_beats", "length of a note", "beats", True, 0.25),
    Measure("mean_pitch", "mean pitch", "", False, 3.0),
    Measure("mean_velocity", "mean velocity", "", False, 8.0),
)
FAR: Final = 6.0
"""So many deviations from the median make an outlier: of ten thousand normal figures none."""
_SMALLEST: Final = 1e-6
_LEAST_PIECES: Final = 10
"""Fewer pieces have no usual figure."""


def distances(values: NDArray[Any], measure: Measure) -> NDArray[np.float64]:
    """(P,) how many robust standard deviations each value is from the median; 0 where it is None or nan.

    >>> distances(np.array([50.0, 60.0, 70.0, 127.0]), MEASURES[-1]).round(1).tolist()
    [-1.0, -0.3, 0.3, 4.2]
    """
    scaled = values.astype(np.float64)
    is_there = np.isfinite(scaled)
    if not is_there.any():
        return np.zeros(len(values))
    if measure.is_ratio:
        scaled = np.log(np.maximum(scaled, _SMALLEST))
    apart = np.where(is_there, scaled - np.median(scaled[is_there]), 0)
    size = np.abs(apart[is_there])
    spread = 1.4826 * np.median(size) or 1.2533 * size.mean()
    return np.asarray(apart / max(spread, measure.least_spread))


def find_outliers(columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """For each piece `outlier_distance`, its largest distance, and `outlier_reason` by which figure, None if near."""
    table = np.stack([distances(columns[one.column], one) for one in MEASURES])
    table *= table.shape[1] >= _LEAST_PIECES
    by = np.abs(table).argmax(axis=0)
    largest = np.abs(table).max(axis=0)
    reasons = np.full(len(largest), None, object)
    for row in np.flatnonzero(largest >= FAR).tolist():
        measure = MEASURES[by[row]]
        usual = float(np.nanmedian(columns[measure.column].astype(np.float64)))
        reasons[row] = reason(measure, float(columns[measure.column][row]), usual)
    return {"outlier_distance": largest, "outlier_reason": reasons}


def reason(measure: Measure, value: float, usual: float) -> str:
    """
    >>> reason(MEASURES[4], 17.25, 120)
    'tempo 17.2 BPM, usually 120'
    """
    unit = f" {measure.unit}" if measure.unit else ""
    return f"{measure.title} {plain(value)}{unit}, usually {plain(usual)}"


def plain(value: float) -> str:
    """A number for people, whole ones without decimals.

    >>> plain(3.0), plain(3.14159)
    ('3', '3.14')
    """
    return f"{value:,.0f}" if abs(value - round(value)) < _SMALLEST else figure(value)
