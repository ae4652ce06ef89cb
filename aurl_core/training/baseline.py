"""The bigram model that a trained model has to beat: what follows a token, counted over the same training pieces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Bigram:
    """Bigram counts interpolated with unigram counts as Witten and Bell (1991) do.

    p(w | h) = (c(h, w) + t(h) p(w)) / (c(h) + t(h)), where t(h) counts the different successors of h; the unigram
    p(w) is smoothed by adding one. A token never seen before anything takes p(w).
    """

    counts_VV: NDArray[np.int64]
    """How often each token (row) is followed by each (column)."""

    @classmethod
    def count(cls, pieces: Iterable[NDArray[np.integer]], *, vocab_size: int) -> Self:
        """Count the pairs of neighbours in pieces."""
        counts = np.zeros(vocab_size * vocab_size, np.int64)
        for ids in pieces:
            pairs = ids[:-1].astype(np.int64) * vocab_size + ids[1:]
            np.add.at(counts, pairs, 1)
        return cls(counts.reshape(vocab_size, vocab_size))

    def log_probabilities(self) -> NDArray[np.float64]:
        """Natural logarithms of p(w | h), h in rows and w in columns; each row's probabilities sum to 1."""
        counts = self.counts_VV.astype(np.float64)
        unigram_V = (counts.sum(0) + 1) / (counts.sum() + len(counts))
        kinds_V1 = np.count_nonzero(self.counts_VV, axis=1)[:, None]
        smoothing_V1 = np.maximum(kinds_V1, 1)
        logarithms_VV: NDArray[np.float64] = np.log(
            (counts + smoothing_V1 * unigram_V) / (counts.sum(1, keepdims=True) + smoothing_V1)
        )
        return logarithms_VV

    def total_nats(self, pieces: Iterable[NDArray[np.integer]]) -> float:
        """The negative log-likelihood of all tokens of the pieces but each one's first, in nats."""
        surprise_VV = -self.log_probabilities()
        return float(sum(surprise_VV[ids[:-1], ids[1:]].sum() for ids in pieces))
