"""How long pieces are in tokens, and what each way of making windows of them would show of them and leave out.

The ways are the policies of `train.sequences`; how they choose where windows begin is said in
training/loading/sequences.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class PolicyFigures:
    """What a sequence policy comes to."""

    tokens_lost: float
    """Share of all tokens that no window ever shows."""
    windows_per_piece: float
    """Windows of an epoch over the pieces."""


@dataclass(frozen=True, slots=True)
class ContextFigures:
    """What a model that reads no more than so many tokens at once makes of the pieces."""

    longer_pieces: float
    """Share of the pieces that are longer."""
    policies: dict[str, PolicyFigures]
    """By the name of the sequence policy, at a stride of one context."""


@dataclass(frozen=True, slots=True)
class LengthFigures:
    """Tokens per piece."""

    mean: float
    shortest: int
    percentile_5: int
    percentile_25: int
    median: int
    percentile_75: int
    percentile_95: int
    longest: int
    contexts: dict[str, ContextFigures]
    """By context length in tokens (text, as JSON has it)."""


def length_figures(lengths: ArrayLike, context_lengths: Sequence[int]) -> LengthFigures:
    """The figures of pieces that are `lengths` tokens long; all zero without pieces.

    Percentiles are lengths that occur: the smallest that at least so many of a hundred pieces do not exceed.

    >>> length_figures([100, 400], [256]).contexts["256"].policies["truncate"]
    PolicyFigures(tokens_lost=0.288, windows_per_piece=1.0)
    """
    sizes = np.asarray(lengths, np.int64)
    marks = np.percentile(sizes if len(sizes) else [0], [0, 5, 25, 50, 75, 95, 100], method="inverted_cdf")
    shortest, low, lower, median, upper, high, longest = (int(mark) for mark in marks)
    mean = float(sizes.mean()) if len(sizes) else 0.0
    contexts = {str(context): _context_figures(sizes, context) for context in context_lengths}
    return LengthFigures(mean, shortest, low, lower, median, upper, high, longest, contexts)


def _context_figures(sizes: NDArray[np.int64], context: int) -> ContextFigures:
    total, num_pieces = max(int(sizes.sum()), 1), max(len(sizes), 1)
    beyond = float(np.maximum(sizes - context, 0).sum() / total)
    windows = {
        "truncate": len(sizes) / num_pieces,
        "sliding": sizes.sum() / context / num_pieces,
        "adaptive": np.ceil(sizes / context).sum() / num_pieces,
    }
    policies = {
        name: PolicyFigures(beyond if name == "truncate" else 0.0, float(number)) for name, number in windows.items()
    }
    return ContextFigures(float((sizes > context).sum() / num_pieces), policies)
