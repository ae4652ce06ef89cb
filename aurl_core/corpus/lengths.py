"""How long pieces are in tokens, and what a model that reads no more than so many of them would miss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class Truncation:
    """What is lost by reading only the first so many tokens of each piece, as shares."""

    pieces: float
    """Share of the pieces that are longer."""
    tokens: float
    """Share of all tokens that lie beyond."""


@dataclass(frozen=True, slots=True)
class LengthFigures:
    """Tokens per piece."""

    mean: float
    shortest: int
    percentile_5: int
    median: int
    percentile_95: int
    longest: int
    truncated_at: dict[str, Truncation]
    """By context length in tokens (text, as JSON has it)."""


def length_figures(lengths: ArrayLike, context_lengths: Sequence[int]) -> LengthFigures:
    """The figures of pieces that are `lengths` tokens long; all zero without pieces.

    Percentiles are lengths that occur: the smallest that at least so many of a hundred pieces do not exceed.

    >>> length_figures([100, 300], [256]).truncated_at["256"]
    Truncation(pieces=0.5, tokens=0.11)
    """
    sizes = np.asarray(lengths, np.int64)
    if not len(sizes):
        sizes = np.zeros(1, np.int64)
    marks = np.percentile(sizes, [0, 5, 50, 95, 100], method="inverted_cdf")
    shortest, low, median, high, longest = (int(mark) for mark in marks)
    return LengthFigures(
        float(sizes.mean()), shortest, low, median, high, longest, _truncations(sizes, context_lengths)
    )


def _truncations(sizes: NDArray[np.int64], context_lengths: Sequence[int]) -> dict[str, Truncation]:
    total = max(int(sizes.sum()), 1)
    return {
        str(context): Truncation(float((sizes > context).mean()), float(np.maximum(sizes - context, 0).sum() / total))
        for context in context_lengths
    }
