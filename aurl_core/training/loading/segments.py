"""Pieces as segments of whole bars, which is what a VAE learns from. Windows of any tokens live in dataset.py.

A segment begins with a piece or at a bar line, and holds `bars` bars, or as many as the context has room for. It
predicts its tokens but the first, and the one that follows it: the next bar line, or the end of the piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from aurl_core.models.likelihood import Window
from aurl_core.training.loading.dataset import TokenIds, TrainingWindows, Variation, shifted
from aurl_core.training.loading.params import SequenceParams

ONE_PIECE: Final = SequenceParams(is_filled=False)
"""Windows that end where their piece does."""


def bar_starts(ids: TokenIds, is_bar_V: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where each bar of a piece begins; the first with the piece itself.

    >>> bar_starts(np.array([1, 7, 4, 9, 4, 9, 2], np.uint16), np.arange(10) == 4).tolist()
    [0, 4]
    """
    starts = np.flatnonzero(is_bar_V[ids])
    return np.concatenate([[0], starts[1:]]).astype(np.int64)


def segment_end(starts: NDArray[np.int64], start: int, *, num_tokens: int, bars: int, length: int) -> int:
    """Where the segment ends that begins with token `start`: with as many whole bars as may be, at least one; of a bar
    that is longer than `length` tokens it holds the beginning."""
    bounds = np.append(starts[starts > start], num_tokens - 1)[:bars]
    fitting = bounds[bounds - start <= length]
    return int(fitting[-1]) if len(fitting) else start + length


class TrainingSegments(TrainingWindows):
    """Segments of the training split, numbered without end: they begin at any bar, and with the piece as often as at
    `bars` others, so that beginnings are no rarer than what follows."""

    def __init__(self, *windows: Any, bars: int, **settings: Any) -> None:
        super().__init__(*windows, sequences=ONE_PIECE, **settings)
        self.bars = bars

    def _bounds(self, share: float, shown: Variation) -> tuple[int, int]:
        ids = self._tokens(*shown)
        starts = bar_starts(ids, self.is_bar_V)
        start = int(starts[max(0, int(share * (len(starts) + self.bars - 1)) - (self.bars - 1))])
        return start, segment_end(starts, start, num_tokens=len(ids), bars=self.bars, length=self.length)


class HeldOutSegments(Dataset[Window]):
    """Segments of a held-out split, one after the other, in which every token is predicted once, shortest first."""

    def __init__(
        self,
        pieces: Iterable[TokenIds],
        *,
        bars: int,
        is_bar_V: NDArray[np.bool_],
        length: int,
    ) -> None:
        windows = (window for ids in pieces for window in _segments(ids, is_bar_V, bars=bars, length=length))
        self.windows = sorted(windows, key=lambda window: len(window.token_ids_T))

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, number: int) -> Window:
        return self.windows[number]


def longest_bar(pieces: Iterable[TokenIds], is_bar_V: NDArray[np.bool_]) -> int:
    """The most tokens of one bar."""
    return max(int(np.diff(bar_starts(ids, is_bar_V), append=len(ids) - 1).max()) for ids in pieces)


def _segments(ids: TokenIds, is_bar_V: NDArray[np.bool_], *, bars: int, length: int) -> Iterator[Window]:
    starts = bar_starts(ids, is_bar_V)
    start, last = 0, len(ids) - 1
    while start < last:
        end = segment_end(starts, start, num_tokens=len(ids), bars=bars, length=length)
        yield shifted(ids[start : end + 1])
        start = end
