"""Several models' probabilities as one: a mixture whose weights follow, within a piece, who has been right so far.

At each step the joint probability of its four voices is sum_m w_m p_m, so it sums to one as each p_m does (the models
may write the voices in different orders). The weights come from earlier steps of the same piece alone:
w_m(t) is proportional to prior_m * exp(sharpness * sum over s < t of memory^(t-1-s) * log p_m(s)).
Sharpness 0 is the plain mixture. Herbster and Warmuth, Tracking the Best Expert (1998), is the idea's source.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from benchmarks.jsb.chorales import FloatArray, IntArray

SHARPNESSES = (0.0, 0.1, 0.2, 0.4, 0.7, 1.0)
MEMORIES = (0.8, 0.9, 0.95, 0.98)
GROUP_PRIORS = (0.3, 0.5, 0.7, 0.85, 0.95)


@dataclass(frozen=True)
class MixtureWeights:
    """What is fitted on validation: who counts how much before a piece begins, and how fast that changes."""

    prior: FloatArray
    sharpness: float
    memory: float


def mix(nats: FloatArray, starts: IntArray, weights: MixtureWeights) -> FloatArray:
    """Nats per step (N,) of the mixture of models whose nats per step are (M, N)."""
    mixed = np.empty(nats.shape[1], dtype=np.float32)
    for begin, end in pairwise(starts):
        mixed[begin:end] = mix_piece(nats[:, begin:end].astype(np.float64), weights)
    return mixed


def mix_piece(nats: FloatArray, weights: MixtureWeights) -> FloatArray:
    """One piece (M, T): the weights of step t know the steps before t."""
    num_models, num_steps = nats.shape
    evidence = np.zeros((num_models, num_steps))
    for step in range(1, num_steps):
        evidence[:, step] = weights.memory * evidence[:, step - 1] - nats[:, step - 1]
    log_weights = np.log(weights.prior)[:, None] + weights.sharpness * evidence
    log_weights -= np.logaddexp.reduce(log_weights, axis=0)
    mixed: FloatArray = -np.logaddexp.reduce(log_weights - nats, axis=0)
    return mixed


def group_prior(is_first_group: list[bool], share: float) -> FloatArray:
    """Weights that give the first group `share`, and are even within the groups."""
    mask = np.array(is_first_group)
    if mask.all() or not mask.any():
        return np.full(len(mask), 1 / len(mask), dtype=np.float32)
    prior: FloatArray = np.where(mask, share / mask.sum(), (1 - share) / (~mask).sum()).astype(np.float32)
    return prior


def fit(nats: FloatArray, starts: IntArray, is_first_group: list[bool], pieces: IntArray) -> MixtureWeights:
    """The weights that serve the given pieces best, of a small grid."""
    grid = [
        MixtureWeights(group_prior(is_first_group, share), sharpness, memory)
        for share, sharpness, memory in product(GROUP_PRIORS, SHARPNESSES, MEMORIES)
    ]
    chosen = np.concatenate([np.arange(starts[piece], starts[piece + 1]) for piece in pieces])
    own_starts = np.concatenate([[0], np.cumsum(np.diff(starts)[pieces])])
    return min(grid, key=lambda weights: float(mix(nats[:, chosen], own_starts, weights).mean()))


def mix_cross_fitted(nats: FloatArray, starts: IntArray, is_first_group: list[bool]) -> FloatArray:
    """The mixture's nats where every second piece is mixed by weights fitted on the others, and the other way round."""
    pieces = np.arange(len(starts) - 1)
    mixed = np.empty(nats.shape[1], dtype=np.float32)
    for parity in range(2):
        fitted = fit(nats, starts, is_first_group, pieces[pieces % 2 != parity])
        held_out = mix(nats, starts, fitted)
        for piece in pieces[pieces % 2 == parity]:
            mixed[starts[piece] : starts[piece + 1]] = held_out[starts[piece] : starts[piece + 1]]
    return mixed
