"""Is a step out of line with the steps before it? What is done about that lives in watch.py."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from typing import Final

import numpy as np

_TO_DEVIATION: Final = 1.4826
"""Of normal values, the median distance from the median times this is the standard deviation."""
_LEAST_DEVIATION: Final = 0.02
"""Of logarithms: two percent up and down is always in line."""
_READY_SHARE: Final = 0.25


class RecentSteps:
    """The logarithms of a positive figure at the last steps that were in line.

    Median and median absolute deviation, since a spike must not be judged by a spread to which it contributes; the
    logarithm, since gradient norms are about log-normal (and a loss by its ratio to before).
    """

    def __init__(self, size: int, logarithms: Iterable[float] = ()) -> None:
        self._logarithms = deque(logarithms, maxlen=size)
        self._size = size

    def deviations(self, value: float) -> float:
        """How many robust standard deviations a finite value is above the median; 0 while too few steps are known."""
        if len(self._logarithms) < self._size * _READY_SHARE:
            return 0.0
        known = np.array(self._logarithms)
        median = np.median(known)
        deviation = max(float(np.median(np.abs(known - median))) * _TO_DEVIATION, _LEAST_DEVIATION)
        return (_logarithm(value) - float(median)) / deviation

    def add(self, value: float) -> None:
        """Take in a value that is in line; it displaces the oldest."""
        self._logarithms.append(_logarithm(value))

    def state(self) -> list[float]:
        """The logarithms, oldest first."""
        return list(self._logarithms)


def _logarithm(value: float) -> float:
    return math.log(max(value, 1e-12))
