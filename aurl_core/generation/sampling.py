"""Drawing tokens from logits: temperature, cuts, one random number a token. What may be drawn is a mask from outside.

Shapes: B batch, V vocabulary.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aurl_core.generation.params import SamplingConfig

Probabilities = NDArray[np.float64]


def probabilities_of(
    logits_BV: NDArray[np.float32], allowed_BV: NDArray[np.bool_], config: SamplingConfig
) -> Probabilities:
    """What to draw from, (B, V): the allowed tokens' probabilities after temperature and cuts; rows sum to 1.

    Each row of the mask has to allow a token. Top-p: Holtzman et al. 2020, https://arxiv.org/abs/1904.09751; min-p:
    Nguyen et al. 2024, https://arxiv.org/abs/2407.01082.
    """
    scaled_BV = np.where(allowed_BV, logits_BV, -np.inf).astype(np.float64) / config.temperature
    probabilities_BV: Probabilities = np.exp(scaled_BV - scaled_BV.max(axis=1, keepdims=True))
    if 0 < config.top_k < probabilities_BV.shape[1]:
        threshold_B1 = np.partition(probabilities_BV, -config.top_k, axis=1)[:, -config.top_k, None]
        probabilities_BV[probabilities_BV < threshold_B1] = 0
    probabilities_BV /= probabilities_BV.sum(axis=1, keepdims=True)
    if config.top_p < 1:
        probabilities_BV[probabilities_BV < _nucleus(probabilities_BV, config.top_p)] = 0
    if config.min_p > 0:
        probabilities_BV[probabilities_BV < config.min_p * probabilities_BV.max(axis=1, keepdims=True)] = 0
    probabilities_BV /= probabilities_BV.sum(axis=1, keepdims=True)
    return probabilities_BV


def _nucleus(probabilities_BV: Probabilities, top_p: float) -> Probabilities:
    """(B, 1) the probability of the last token that is needed to reach `top_p`, the likeliest first."""
    descending_BV = -np.sort(-probabilities_BV, axis=1)
    num_before_B = (np.cumsum(descending_BV, axis=1) < top_p).sum(axis=1)
    last_B1 = np.minimum(num_before_B, descending_BV.shape[1] - 1)[:, None]
    return np.take_along_axis(descending_BV, last_B1, axis=1)


def draw(probabilities_BV: Probabilities, uniform_B: NDArray[np.float64]) -> NDArray[np.int64]:
    """One token a row, (B,): the first whose cumulative probability exceeds a random number from [0, 1).

    >>> draw(np.array([[0.25, 0.0, 0.75]] * 3), np.array([0.0, 0.24, 0.25])).tolist()
    [0, 0, 2]
    """
    cumulative_BV = np.cumsum(probabilities_BV, axis=1)
    total_B = cumulative_BV[:, -1]
    target_B = np.minimum(uniform_B * total_B, np.nextafter(total_B, 0))
    drawn_B: NDArray[np.int64] = (cumulative_BV > target_B[:, None]).argmax(axis=1)
    return drawn_B


def surprise(logits_BV: NDArray[np.float32], ids_B: NDArray[np.int64]) -> NDArray[np.float64]:
    """How unlikely a token is in the model's own eyes, in nats, (B,): before any mask, temperature or cut.

    >>> surprise(np.log(np.array([[0.25, 0.75]], np.float32)), np.array([0])).round(4).tolist()
    [1.3863]
    """
    scaled_BV = logits_BV.astype(np.float64) - logits_BV.max(axis=1, keepdims=True)
    surprise_B: NDArray[np.float64] = np.log(np.exp(scaled_BV).sum(axis=1)) - scaled_BV[np.arange(len(ids_B)), ids_B]
    return surprise_B
