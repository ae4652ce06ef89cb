"""Defects of events: one function a defect. Each answers which events go or stay, or with a column as it should be."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import Events, Score

_MAX_METER: Final = 64
_MAX_SHARPS: Final = 7
_MAX_DATA: Final = 127
_BENDS: Final = (-8192, 8191)
LATEST_EVENT_BEATS: Final = 64
"""Events further behind the last note are no part of the piece, in beats."""

_Mask = NDArray[np.bool_]


def is_absurd_tempo(_: NDArray[np.int32], bpm: NDArray[np.float64], *, slowest: float, fastest: float) -> _Mask:
    """Which tempi are out of bounds, in beats per minute."""
    is_tempo: _Mask = (bpm >= slowest) & (bpm <= fastest)
    return ~is_tempo


def is_no_meter(numerator: NDArray[np.int32], denominator: NDArray[np.float64]) -> _Mask:
    """Which time signatures are none: not 1 to 64 over a power of two up to 64."""
    unit = denominator.astype(np.int64)
    is_unit = (unit >= 1) & (unit <= _MAX_METER) & (unit & (unit - 1) == 0)
    is_meter: _Mask = (numerator >= 1) & (numerator <= _MAX_METER) & is_unit
    return ~is_meter


def is_no_key(sharps: NDArray[np.int32], is_minor: NDArray[np.float64]) -> _Mask:
    """Which key signatures are none: more than seven sharps or flats, or neither major (0) nor minor (1)."""
    is_key: _Mask = (np.abs(sharps) <= _MAX_SHARPS) & ((is_minor == 0) | (is_minor == 1))
    return ~is_key


def is_no_controller(number: NDArray[np.int32], value: NDArray[np.float64]) -> _Mask:
    """Which controllers are none: a number or a value over 127."""
    is_controller: _Mask = (number <= _MAX_DATA) & (value <= _MAX_DATA)
    return ~is_controller


def is_no_bend(_: NDArray[np.int32], value: NDArray[np.float64]) -> _Mask:
    """Which pitch bends are out of the 14 bits that they have."""
    is_bend: _Mask = (value >= _BENDS[0]) & (value <= _BENDS[1])
    return ~is_bend


def is_late(events: Events, score: Score) -> _Mask:
    """Which events stand so far behind the last note that their track's end must have drifted."""
    latest = score.music_end + LATEST_EVENT_BEATS * score.ticks_per_beat
    late: _Mask = events.onset > latest
    return late


def ends_bar_early(meters: Events, ticks_per_beat: int) -> _Mask:
    """Which time signatures, in order of onset, start where a bar of the one before them is not full.

    The bar before the first is one of 4/4. Of several at one tick the last holds.
    """
    onset = np.concatenate([[0], meters.onset.astype(np.int64)])
    numerator, denominator = np.append(4, meters.number), np.append(4, meters.value.astype(np.int64))
    bar_parts = np.maximum(numerator[:-1].astype(np.int64) * 4 * ticks_per_beat, 1)
    is_early: _Mask = np.diff(onset) * denominator[:-1] % bar_parts != 0
    return is_early
