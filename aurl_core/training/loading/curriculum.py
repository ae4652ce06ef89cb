"""What is shown first: short contexts before long ones, easy pieces before all.

How complex a piece is, is said in complexity.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from aurl_core.models.likelihood import Batch
from aurl_core.training.loading.params import ComplexityParams, LengthParams


@dataclass(frozen=True, slots=True)
class Competence:
    """Which share of the pieces, from the easiest on, is shown how far into the training.

    c(t) = min(1, sqrt(t / T (1 - c0²) + c0²)): the root, since pieces that come later join a larger crowd, and each is
    to be new for as long (Platanios et al. 2019, "Competence-based curriculum learning", arXiv:1903.09848).
    """

    order_P: NDArray[np.int64]
    """The numbers of the pieces, easiest first."""
    params: ComplexityParams

    @classmethod
    def full(cls, num_pieces: int) -> Self:
        """All pieces from the beginning, in the order of their numbers."""
        return cls(np.arange(num_pieces), ComplexityParams())

    @classmethod
    def of(cls, complexity_P: NDArray[np.float64], params: ComplexityParams) -> Self:
        """The easiest pieces by some measure first; where it is equal, those of lower number."""
        return cls(np.argsort(complexity_P, kind="stable"), params)

    def share(self, progress: float) -> float:
        """The share that is shown when a share `progress` of the training is done.

        >>> competence = Competence(np.arange(4), ComplexityParams(start=0.2, until=0.5))
        >>> [round(competence.share(progress), 3) for progress in (0, 0.125, 0.25, 0.5, 1)]
        [0.2, 0.529, 0.721, 1.0, 1.0]
        """
        first = self.params.start**2
        return math.sqrt(min(1.0, progress / self.params.until * (1 - first) + first))

    def num_within(self, size: int, progress: float) -> int:
        """How many of `size` things in order of complexity are shown: at least one."""
        return math.ceil(self.share(progress) * size)

    def any_piece(self, progress: float, random: Generator) -> int:
        """The number of any piece that is shown."""
        return int(self.order_P[random.integers(self.num_within(len(self.order_P), progress))])


class ContextLengths:
    """How long a context is, step by step: the full one halved again and again, each length for equally many steps.

    >>> lengths = ContextLengths(LengthParams(start=50, until=0.6), full=256, num_steps=10)
    >>> [lengths.at(step) for step in range(10)]
    [64, 64, 64, 128, 128, 128, 256, 256, 256, 256]
    """

    def __init__(self, params: LengthParams, *, full: int, num_steps: int) -> None:
        self.full = full
        self.num_halvings = halvings(full, params.start)
        self.num_steps = params.until * num_steps

    def at(self, step: int) -> int:
        """The tokens of the contexts of a step."""
        done = int(step / self.num_steps * self.num_halvings)
        return self.full >> max(0, self.num_halvings - done)


def in_parts(batch: Batch, length: int) -> Batch:
    """The same tokens in rows of `length`, each of which is read by itself; unchanged if they are as long already.

    A row's last target is the next row's first token, so that what is to be predicted is the same, too.
    """
    return Batch(*(None if told is None else told.reshape(-1, length) for told in batch))  # type: ignore[arg-type]


def halvings(full: int, start: int) -> int:
    """How often a length can be halved, in whole tokens, and is no shorter than `start`."""
    number = 0
    while full % 2 ** (number + 1) == 0 and full >> (number + 1) >= start:
        number += 1
    return number
