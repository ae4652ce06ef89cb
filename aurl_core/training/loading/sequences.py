"""The sequence policies: which windows an epoch of a split has, and where in its piece each begins.

What a window shows after the end of its piece, and how pieces are varied, is said in dataset.py. What each policy would
come to on a corpus is figured out in `aurl_core.corpus.lengths`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from aurl_core.training.loading.params import SequenceParams

Lengths = NDArray[np.int64]
"""(P,) tokens of each piece."""


class Starts(Protocol):
    """Where the windows of an epoch begin, the windows being numbered in some order."""

    num_windows: int
    """Of an epoch."""

    def start(self, window: int, random: Generator) -> tuple[int, float]:
        """In which piece a window begins, and after which share of its tokens."""
        ...

    def token(self, share: float, ids: NDArray[np.integer]) -> int:
        """The token of a piece, as it is shown, that a window begins with."""
        ...


class SlidingStarts:
    """One window in each stretch of `stride` contexts of the pieces laid end to end: every token is as likely."""

    def __init__(self, lengths: Lengths, *, length: int, stride: float) -> None:
        self.lengths = lengths
        self.num_windows = max(1, round(int(lengths.sum()) / (length * stride)))
        self._ends = np.cumsum(lengths)

    def start(self, window: int, random: Generator) -> tuple[int, float]:
        where = (window + random.random()) / self.num_windows * self._ends[-1]
        piece = int(np.searchsorted(self._ends, where, side="right"))
        return piece, float(1 - (self._ends[piece] - where) / self.lengths[piece])

    def token(self, share: float, ids: NDArray[np.integer]) -> int:
        return int(share * len(ids))


class FirstStarts:
    """One window a piece, which begins with it."""

    def __init__(self, lengths: Lengths) -> None:
        self.num_windows = len(lengths)

    def start(self, window: int, random: Generator) -> tuple[int, float]:
        return window, 0.0

    def token(self, share: float, ids: NDArray[np.integer]) -> int:
        return 0


class BarStarts:
    """One window for a piece that fits in a context; for a longer one, one in each of as many equal stretches as it has
    strides, beginning at the last bar line before a place in that stretch, or with the piece."""

    def __init__(self, lengths: Lengths, *, length: int, stride: float, is_bar_V: NDArray[np.bool_]) -> None:
        self.is_bar_V = is_bar_V
        self._counts = np.where(lengths <= length, 1, np.ceil(lengths / (length * stride))).astype(np.int64)
        self._ends = np.cumsum(self._counts)
        self.num_windows = int(self._ends[-1])

    def start(self, window: int, random: Generator) -> tuple[int, float]:
        piece = int(np.searchsorted(self._ends, window, side="right"))
        count = int(self._counts[piece])
        if count == 1:
            return piece, 0.0
        stretch = window - int(self._ends[piece]) + count
        return piece, (stretch + random.random()) / count

    def token(self, share: float, ids: NDArray[np.integer]) -> int:
        place = int(share * len(ids))
        if not self.is_bar_V.any():
            return place
        lines = np.flatnonzero(self.is_bar_V[ids[: place + 1]])
        return int(lines[-1]) if len(lines) > 1 else 0


_MAKERS: Final[dict[str, Callable[[SequenceParams, Lengths, int, NDArray[np.bool_]], Starts]]] = {
    "sliding": lambda params, lengths, length, _: SlidingStarts(lengths, length=length, stride=params.stride),
    "truncate": lambda params, lengths, length, _: FirstStarts(lengths),
    "adaptive": lambda params, lengths, length, is_bar_V: BarStarts(
        lengths, length=length, stride=params.stride, is_bar_V=is_bar_V
    ),
}


def starts_of(params: SequenceParams, lengths: Lengths, *, length: int, is_bar_V: NDArray[np.bool_]) -> Starts:
    """The policy for pieces of these lengths and a context of `length` tokens."""
    return _MAKERS[params.policy](params, lengths, length, is_bar_V)
