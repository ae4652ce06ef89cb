"""Several models' probabilities as one: a mixture whose weights follow, within a piece, who has been right so far.

At each step the joint probability of its four voices is sum_m w_m p_m, so it sums to one as each p_m does (the models
may write the voices in different orders). The weights know earlier steps of the same piece alone:

    w_m(t)  ~  exp(b_m + c_m . clues(t) + sum over memories k of a_k * sum over s < t of k^(t-1-s) * log p_m(s))

The clues say how long the last steps, and the last notes of the melody, match a training piece. Weights that follow
past success: Herbster and Warmuth, Tracking the Best Expert (1998). a, b, c are fitted by maximum likelihood.

M models, N steps, K clues.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from benchmarks.jsb.chorales import FloatArray, IntArray

MEMORIES = (0.8, 0.95, 0.99)
"""By these an earlier step's success is forgotten, each step."""
SHRINKAGE = 1e-4
"""Nats per step for a unit of squared weight, lest few pieces say much about many models."""


@dataclass(frozen=True)
class Statements:
    """What the models say of some pieces: `nats` (M, N), the clues (N, K), and where the pieces start and end."""

    nats: FloatArray
    clues: FloatArray
    starts: IntArray

    def only(self, pieces: IntArray) -> Statements:
        steps = np.concatenate([np.arange(self.starts[piece], self.starts[piece + 1]) for piece in pieces])
        starts = np.concatenate([[0], np.cumsum(np.diff(self.starts)[pieces])])
        return Statements(self.nats[:, steps], self.clues[steps], starts)

    def evidence(self) -> FloatArray:
        """(M, N, memories): the log-probabilities of a piece's earlier steps, the latest first in weight."""
        evidence = np.zeros((*self.nats.shape, len(MEMORIES)), dtype=np.float32)
        memories = np.array(MEMORIES, dtype=np.float32)
        for begin, end in pairwise(self.starts):
            for step in range(begin + 1, end):
                evidence[:, step] = memories * evidence[:, step - 1] - self.nats[:, step - 1, None]
        return evidence


@dataclass(frozen=True)
class Gate:
    """`by_evidence` (memories,): how fast the weights follow success. `by_clue` (M, 1 + K): the bias, then clues."""

    by_evidence: Tensor
    by_clue: Tensor


class Mixer:
    """The likelihood of some pieces as a function of the gate."""

    def __init__(self, statements: Statements) -> None:
        self.nats = torch.from_numpy(statements.nats)
        self.evidence = torch.from_numpy(statements.evidence())
        self.clues = torch.from_numpy(np.pad(statements.clues, ((0, 0), (1, 0)), constant_values=1.0))

    def mix(self, gate: Gate) -> Tensor:
        """(N,) nats per step of the mixture."""
        scores = self.evidence @ gate.by_evidence + gate.by_clue @ self.clues.T
        return -(scores.log_softmax(0) - self.nats).logsumexp(0)

    def fit(self) -> Gate:
        """The gate under which the pieces are likeliest, by L-BFGS from even weights."""
        by_evidence = torch.zeros(len(MEMORIES), requires_grad=True)
        by_clue = torch.zeros(len(self.nats), self.clues.shape[1], requires_grad=True)
        optimizer = torch.optim.LBFGS([by_evidence, by_clue], max_iter=60, line_search_fn="strong_wolfe")

        def loss() -> Tensor:
            optimizer.zero_grad()
            cost = self.mix(Gate(by_evidence, by_clue)).mean() + SHRINKAGE * by_clue.square().sum()
            cost.backward()  # type: ignore[no-untyped-call]
            return cost

        optimizer.step(loss)  # type: ignore[no-untyped-call]
        return Gate(by_evidence.detach(), by_clue.detach())


def mix_cross_fitted(statements: Statements) -> FloatArray:
    """(N,) nats where each half of the pieces, every second one, is mixed by the gate fitted on the other half."""
    pieces = np.arange(len(statements.starts) - 1)
    mixed = np.empty(statements.nats.shape[1], dtype=np.float32)
    piece_of_step = np.repeat(pieces, np.diff(statements.starts))
    for parity in range(2):
        gate = Mixer(statements.only(pieces[pieces % 2 != parity])).fit()
        held_out = Mixer(statements.only(pieces[pieces % 2 == parity]))
        mixed[piece_of_step % 2 == parity] = held_out.mix(gate).numpy()
    return mixed
