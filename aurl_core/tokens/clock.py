"""Time in tokens: the grid a tokenizer decodes to, and the 1/32-beat units its TIME_SHIFTs count.

Each moment is rounded by itself from the start of the piece, so no error is ever added to the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

UNITS_PER_BEAT: Final = 32


@dataclass(frozen=True, slots=True)
class Clock:
    """A grid of at most 32 steps a beat. Steps and the units nearest to them are one to one."""

    steps_per_beat: int

    def steps_of_ticks(self, ticks: NDArray[np.int32], ticks_per_beat: int) -> NDArray[np.int64]:
        """The nearest step of each tick, at most half a step away.

        >>> Clock(24).steps_of_ticks(np.array([0, 19, 21, 480], np.int32), 480).tolist()
        [0, 1, 1, 24]
        """
        if ticks_per_beat == self.steps_per_beat:
            return ticks.astype(np.int64)
        return (2 * self.steps_per_beat * ticks.astype(np.int64) + ticks_per_beat) // (2 * ticks_per_beat)

    def units(self, steps: NDArray[np.int64]) -> NDArray[np.int64]:
        """The unit nearest to each step, at most half a unit away.

        >>> Clock(24).units(np.arange(7)).tolist()
        [0, 1, 3, 4, 5, 7, 8]
        """
        return (2 * UNITS_PER_BEAT * steps + self.steps_per_beat) // (2 * self.steps_per_beat)

    def steps(self, units: NDArray[np.int64]) -> NDArray[np.int64]:
        """The step nearest to each unit: the inverse of `units` on its values."""
        return (2 * self.steps_per_beat * units + UNITS_PER_BEAT) // (2 * UNITS_PER_BEAT)

    def is_on_grid(self) -> NDArray[np.bool_]:
        """(32,): is this unit of a beat the nearest one to some step?"""
        on_grid = np.zeros(UNITS_PER_BEAT, bool)
        on_grid[self.units(np.arange(self.steps_per_beat)) % UNITS_PER_BEAT] = True
        return on_grid
