"""The sequence policies: which windows an epoch of a split has, and where in its piece each begins.

What a window shows after the end of its piece, where bars and phrases begin, and how pieces are varied, is said in
dataset.py. What each policy would come to on a corpus is figured out in `aurl_core.corpus.lengths`.
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
Lines = NDArray[np.int64]
"""Where in its tokens a piece's bars or phrases begin, in order; the first is as good as its beginning."""


class Starts(Protocol):
    """Where the windows of an epoch begin, the windows being numbered in some order."""

    num_windows: int
    """Of an epoch."""

    def start(self, window: int, random: Generator) -> tuple[int, float]:
        """In which piece a window begins, and after which share of its tokens."""
        ...

    def token(self, share: float, num_tokens: int, lines: Lines) -> int:
        """The token that a window begins with, of a piece that is shown in `num_tokens` tokens."""
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

    def token(self, share: float, num_tokens: int, lines: Lines) -> int:
        return int(share * num_tokens)


class FirstStarts:
    """One window a piece, which begins with it."""

    def __init__(self, lengths: Lengths) -> None:
        self.num_windows = len(lengths)

    def start(self, window: int, random: Generator) -> tuple[int, float]:
        return window, 0.0

    def token(self, share: float, num_tokens: int, lines: Lines) -> int:
        return 0


class LineStarts:
    """One window for a piece that fits in a context; for a longer one, one in each of as many equal stretches as it has
    strides, beginning at the last line before a place in that stretch, or with the piece; at that place if the piece
    has no lines."""

    def __init__(self, lengths: Lengths, *, length: int, stride: float) -> None:
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

    def token(self, share: float, num_tokens: int, lines: Lines) -> int:
        place = int(share * num_tokens)
        if not len(lines):
            return place
        number = int(np.searchsorted(lines, place, side="right")) - 1
        return int(lines[number]) if number > 0 else 0


_MAKERS: Final[dict[str, Callable[[SequenceParams, Lengths, int], Starts]]] = {
    "sliding": lambda params, lengths, length: SlidingStarts(lengths, length=length, stride=params.stride),
    "truncate": lambda params, lengths, length: FirstStarts(lengths),
    "adaptive": lambda params, lengths, length: LineStarts(lengths, length=length, stride=params.stride),
    "phrases": lambda params, lengths, length: LineStarts(lengths, length=length, stride=params.stride),
}


def starts_of(params: SequenceParams, lengths: Lengths, *, length: int) -> Starts:
    """The policy for pieces of these lengths and a context of `length` tokens."""
    return _MAKERS[params.policy](params, lengths, length)
