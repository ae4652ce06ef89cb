"""Batches of windows of about the same length, so that little of a batch is padding.

The windows of a pool of steps are taken in their order, as many as the pool's batches hold, sorted by length and cut
into batches of about the same size, which come in random order. How long a window is, is known from its piece as it
stands, so that no window need be made to know which batch it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.random_streams import stream
from aurl_core.training.loading.recent import Recent

_POOLS_BYTES: Final = 1 << 20
_SAMPLE_WINDOWS: Final = 256
_SAMPLE_POOLS: Final = 4
"""By which it is found how many windows a pool holds on average."""
_SPARE: Final = 1.25
"""Windows that are looked at for a pool, as a multiple of those that it holds on average."""
_ENDS: Final = -1
"""Stands behind the last window of each batch of a pool."""

Lengths = NDArray[np.int64]


class Buckets:
    """A plan of batches that take up at most `budget` tokens each, padding included, `pool` steps sorted together.

    `length_of` tells how many tokens a window reads, at most `budget`. Pools begin as far from each other as they hold
    windows on average: so each window is shown about once, now and then not at all or in two pools.
    """

    def __init__(self, length_of: Callable[[int], int], *, budget: int, pool: int, num_steps: int, seed: int) -> None:
        self.length_of = length_of
        self.budget = budget
        self.pool = pool
        self.seed = seed
        self.windows_per_pool = self._usual_size()
        self.num_windows = -(-num_steps // pool) * self.windows_per_pool
        self._sorted = Recent(self._cut_pool, limit_bytes=_POOLS_BYTES)

    def numbers(self, step: int) -> Sequence[int]:
        number, place = divmod(step, self.pool)
        numbers = self._sorted(number)
        ends = np.flatnonzero(numbers == _ENDS)
        first = int(ends[place - 1]) + 1 if place else 0
        found: list[int] = numbers[first : ends[place]].tolist()
        return found

    def _cut_pool(self, number: int) -> NDArray[np.int64]:
        """The windows of a pool, batch by batch."""
        first = number * self.windows_per_pool
        lengths = self._lengths(first, round(_SPARE * self.windows_per_pool) + self.pool)
        size = fitting(lengths, num_batches=self.pool, budget=self.budget)
        order = np.argsort(-lengths[:size], kind="stable")
        batches = even_cuts(lengths[order], num_batches=self.pool, budget=self.budget)
        turns = stream(self.seed, "pool", number).permutation(len(batches))
        marked = [part for turn in turns for part in (first + order[batches[turn]], [_ENDS])]
        return np.concatenate(marked).astype(np.int64)

    def _usual_size(self) -> int:
        """How many windows a pool holds on average over the first ones."""
        usual = self._lengths(0, _SAMPLE_WINDOWS).mean()
        lengths = self._lengths(0, max(self.pool, round(_SAMPLE_POOLS * self.pool * self.budget / usual)))
        first, sizes = 0, list[int]()
        while len(lengths) - first > len(lengths) / _SAMPLE_POOLS:
            sizes.append(fitting(lengths[first:], num_batches=self.pool, budget=self.budget))
            first += sizes[-1]
        return round(float(np.mean(sizes)))

    def _lengths(self, first: int, count: int) -> Lengths:
        return np.array([self.length_of(number) for number in range(first, first + count)], np.int64)


def fitting(lengths: Lengths, *, num_batches: int, budget: int) -> int:
    """How many windows, from the first on, fit in so many batches.

    >>> fitting(np.array([2, 8, 2, 5, 4, 4, 4]), num_batches=2, budget=10)
    3
    """
    low, high = num_batches, len(lengths)
    while low < high:
        middle = (low + high + 1) // 2
        needed = len(cuts(-np.sort(-lengths[:middle]), budget=budget))
        low, high = (middle, high) if needed <= num_batches else (low, middle - 1)
    return low


def cuts(lengths: Lengths, *, budget: int) -> list[slice]:
    """The fewest batches of lengths that descend: each as long as its first, and as many rows as the budget allows."""
    found, first = list[slice](), 0
    while first < len(lengths):
        last = min(len(lengths), first + max(1, budget // int(lengths[first])))
        found.append(slice(first, last))
        first = last
    return found


def even_cuts(lengths: Lengths, *, num_batches: int, budget: int) -> list[slice]:
    """So many batches of lengths that descend, the largest of which is as small as may be.

    >>> even_cuts(np.array([8, 4, 4, 2, 2]), num_batches=3, budget=100)
    [slice(0, 1, None), slice(1, 3, None), slice(3, 5, None)]
    """
    low, high = int(lengths[0]), budget
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if len(cuts(lengths, budget=middle)) <= num_batches else (middle + 1, high)
    return _exactly(cuts(lengths, budget=low), num_batches)


def _exactly(found: list[slice], num_batches: int) -> list[slice]:
    """As many batches as are needed: the one of most rows is halved until there are."""
    while len(found) < num_batches:
        place = max(range(len(found)), key=lambda number: found[number].stop - found[number].start)
        most = found[place]
        middle = (most.start + most.stop) // 2
        found[place : place + 1] = [slice(most.start, middle), slice(middle, most.stop)]
    return found
