"""Velocities brought to one level and spread, soft and loud in their order. What was played stays in velocity_raw."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.quantization.params import QuantizeParams

Velocity = NDArray[np.uint8]

_LOWEST: Final = 1
_HIGHEST: Final = 127


def normalised_velocity(velocity: Velocity, params: QuantizeParams) -> Velocity:
    """The velocities of a piece as `params.velocity` wants them; equal ones stay equal, none overtakes another.

    `median` shifts them; `range` stretches them about their median as well, so that the middle half is as wide as
    asked. Where that would pass 1 or 127, the whole side beyond the median is compressed instead of clipped, so that
    two velocities fall together only if there is no room between them.

    >>> params = QuantizeParams(mode="off", steps_per_beat=24, short_notes="drop", velocity="median")
    >>> normalised_velocity(np.array([20, 50, 60], np.uint8), params).tolist()
    [34, 64, 74]
    """
    if params.velocity == "off" or not len(velocity):
        return velocity
    low, median, high = np.percentile(velocity, (25, 50, 75))
    is_stretched = params.velocity == "range" and high > low
    scale = params.velocity_spread / (high - low) if is_stretched else 1.0
    table: Velocity = _table(int(velocity.min()), int(velocity.max()), median, scale, params.velocity_median)
    moved: Velocity = table[velocity]
    return moved


def _table(softest: int, loudest: int, median: float, scale: float, target: int) -> Velocity:
    """(128,) what each velocity between the two becomes: `target` at the median, rising by `scale`, within 1-127."""
    played = np.arange(_HIGHEST + 1)
    below = _side_scale(median - softest, target - _LOWEST, scale)
    above = _side_scale(loudest - median, _HIGHEST - target, scale)
    moved: NDArray[np.floating] = target + (played - median) * np.where(played < median, below, above)
    return moved.round().clip(_LOWEST, _HIGHEST).astype(np.uint8)


def _side_scale(reach: float, room: float, scale: float) -> float:
    """The scale with which the velocities on one side of the median find room."""
    return min(scale, room / reach) if reach > 0 else scale
