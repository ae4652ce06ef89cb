"""The bigram model that a trained model has to beat: what follows a token, counted over the same training pieces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]

_PAIRS_AT_ONCE: Final = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Bigram:
    """Bigram counts interpolated with unigram counts as Witten and Bell (1991) do.

    p(w | h) = (c(h, w) + t(h) p(w)) / (c(h) + t(h)), where t(h) counts the different successors of h; the unigram
    p(w) is smoothed by adding one. A token never seen before anything takes p(w). Only the P different pairs that occur
    are kept: a vocabulary of tens of thousands has more than memory holds.
    """

    pairs_P: Counts
    """The pairs that occur, ascending, as h * vocab_size + w."""
    counts_P: Counts
    """How often each does."""
    vocab_size: int

    @classmethod
    def count(cls, pieces: Iterable[NDArray[np.integer]], *, vocab_size: int) -> Self:
        """Count the pairs of neighbours in pieces."""
        pairs, counts, waiting, num_waiting = np.zeros(0, np.int64), np.zeros(0, np.int64), list[Counts](), 0
        for ids in pieces:
            waiting.append(ids[:-1].astype(np.int64) * vocab_size + ids[1:])
            num_waiting += len(waiting[-1])
            if num_waiting >= _PAIRS_AT_ONCE:
                pairs, counts = _added(pairs, counts, waiting)
                waiting, num_waiting = [], 0
        pairs, counts = _added(pairs, counts, waiting)
        return cls(pairs, counts, vocab_size)

    def log_probabilities(self, before: NDArray[np.integer], after: NDArray[np.integer]) -> NDArray[np.float64]:
        """Natural logarithms of p(w | h) for each h of `before` and the w of `after` in the same place."""
        firsts, seconds = np.divmod(self.pairs_P, self.vocab_size)
        times_V = np.bincount(firsts, self.counts_P, self.vocab_size)
        kinds_V = np.maximum(np.bincount(firsts, minlength=self.vocab_size), 1)
        unigram_V = (np.bincount(seconds, self.counts_P, self.vocab_size) + 1) / (times_V.sum() + self.vocab_size)
        together = self._counts(before.astype(np.int64) * self.vocab_size + after)
        smoothed = (together + kinds_V[before] * unigram_V[after]) / (times_V[before] + kinds_V[before])
        logarithms: NDArray[np.float64] = np.log(smoothed)
        return logarithms

    def total_nats(self, pieces: Iterable[NDArray[np.integer]]) -> float:
        """The negative log-likelihood of all tokens of the pieces but each one's first, in nats."""
        read = [ids for ids in pieces if len(ids) > 1]
        if not read:
            return 0.0
        before, after = (np.concatenate([ids[cut] for ids in read]) for cut in (slice(-1), slice(1, None)))
        return -float(self.log_probabilities(before, after).sum())

    def _counts(self, pairs: Counts) -> Counts:
        """How often each of some pairs was counted."""
        if not len(self.pairs_P):
            return np.zeros_like(pairs)
        places = np.minimum(np.searchsorted(self.pairs_P, pairs), len(self.pairs_P) - 1)
        return np.where(self.pairs_P[places] == pairs, self.counts_P[places], 0)


def _added(pairs: Counts, counts: Counts, more: list[Counts]) -> tuple[Counts, Counts]:
    """The different pairs, ascending, and their counts, when each of `more` is counted once more."""
    both, place = np.unique(np.concatenate([pairs, *more]), return_inverse=True)
    weights = np.concatenate([counts, np.ones(len(place) - len(counts), np.int64)])
    return both, np.bincount(place, weights, len(both)).astype(np.int64)
