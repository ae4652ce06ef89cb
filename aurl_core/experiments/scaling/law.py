"""`Law`: the loss as a function of parameters and tokens, fitted to trainings, and what it foretells of another.

L(N, D) = E + A / N^a + B / D^b (Hoffmann et al. 2022, https://arxiv.org/abs/2203.15556), fitted to the logarithm of the
loss by Huber's loss from several starts, as there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.special import logsumexp, softmax

Values = NDArray[np.float64]

_HUBER: Final = 1e-3
"""Residuals of the log loss beyond this count in proportion, not squared."""
_STARTS: Final = tuple(product((1.0, 5.0), (1.0, 5.0), (-2.0, 0.0), (0.3,), (0.3,)))
"""log A, log B, log E, a, b."""
_BOUNDS: Final = ((-10.0, -10.0, -10.0, 0.0, 0.0), (40.0, 40.0, 3.0, 3.0, 3.0))
"""Least and greatest of each."""
_MOST_STEPS: Final = 400


@dataclass(frozen=True, slots=True)
class Rung:
    """One training of a ladder: how large, how long, and what it came to."""

    num_parameters: int
    num_tokens: int
    loss: float
    """nats/token of validation."""


@dataclass(frozen=True, slots=True)
class Law:
    """A fitted curve."""

    scale_of_size: float
    """A."""
    scale_of_data: float
    """B."""
    floor: float
    """E: what no size and no music takes away, nats/token."""
    size_exponent: float
    """a."""
    data_exponent: float
    """b."""

    def __call__(self, num_parameters: float, num_tokens: float) -> float:
        """The loss that is foretold.

        >>> round(Law(10.0, 100.0, 0.5, 0.5, 0.5)(100, 10_000), 6)
        2.5
        """
        of_size = self.scale_of_size / num_parameters**self.size_exponent
        return float(self.floor + of_size + self.scale_of_data / num_tokens**self.data_exponent)


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a curve says of a training, and how sure it is."""

    loss: float
    low: float
    high: float

    def holds(self, loss: float) -> bool:
        """Does the interval contain what came?"""
        return self.low <= loss <= self.high


def fit_law(rungs: Sequence[Rung]) -> Law:
    """The curve nearest to the trainings; of several starts the one that ends nearest."""
    size, tokens, loss = _columns(rungs)
    found = [_descended(np.array(start), size, tokens, loss) for start in _STARTS]
    return _law(min(found, key=lambda one: one[0])[1])


def foretell(
    rungs: Sequence[Rung], num_parameters: int, num_tokens: int, *, coverage: float, num_resamples: int, seed: int
) -> Foretold:
    """What the curve through `rungs` says of a training of that size and length, with an interval for what will come.

    The interval is of the residual bootstrap: the curve is fitted again to its own values with resampled residuals (in
    the logarithm, widened for the five numbers that were fitted), and another residual is added to what it foretells.
    """
    law, (size, tokens, loss) = fit_law(rungs), _columns(rungs)
    rng, fitted = np.random.default_rng(seed), np.log([law(rung.num_parameters, rung.num_tokens) for rung in rungs])
    residuals = np.log(loss) - fitted
    spread = (residuals - residuals.mean()) * np.sqrt(len(rungs) / max(1, len(rungs) - len(_STARTS[0])))
    begin, drawn = _raw(law), []
    for _ in range(num_resamples):
        again = _law(_descended(begin, size, tokens, np.exp(fitted + rng.choice(spread, len(rungs))))[1])
        drawn.append(np.log(again(num_parameters, num_tokens)) + rng.choice(spread))
    low, high = np.exp(np.quantile(drawn, [(1 - coverage) / 2, (1 + coverage) / 2]))
    return Foretold(law(num_parameters, num_tokens), float(low), float(high))


def _columns(rungs: Sequence[Rung]) -> tuple[Values, Values, Values]:
    table = np.array([(rung.num_parameters, rung.num_tokens, rung.loss) for rung in rungs], np.float64)
    return np.log(table[:, 0]), np.log(table[:, 1]), table[:, 2]


def _descended(start: Values, size: Values, tokens: Values, loss: Values) -> tuple[float, Values]:
    """What is left, and the numbers at which it is least, from one start."""
    log_loss, ones = np.log(loss), np.ones_like(size)

    def terms(raw: Values) -> Values:
        return np.stack([raw[0] - raw[3] * size, raw[1] - raw[4] * tokens, raw[2] * ones])

    def residuals(raw: Values) -> Values:
        return np.asarray(logsumexp(terms(raw), axis=0) - log_loss)

    def slopes(raw: Values) -> Values:
        of_size, of_data, of_floor = softmax(terms(raw), axis=0)
        return np.stack([of_size, of_data, of_floor, -size * of_size, -tokens * of_data], axis=1)

    found = least_squares(
        residuals, start, slopes, bounds=_BOUNDS, loss="huber", f_scale=_HUBER, x_scale="jac", max_nfev=_MOST_STEPS
    )
    return float(found.cost), np.asarray(found.x)


def _law(raw: Values) -> Law:
    scale_of_size, scale_of_data, floor = np.exp(raw[:3]).tolist()
    return Law(scale_of_size, scale_of_data, floor, float(raw[3]), float(raw[4]))


def _raw(law: Law) -> Values:
    logs = np.log([law.scale_of_size, law.scale_of_data, law.floor])
    return np.array([*logs, law.size_exponent, law.data_exponent])
