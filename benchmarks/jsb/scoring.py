"""What a network makes of held-out pieces: nats per step, every step of every piece from its first one on."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from benchmarks.jsb.batches import whole_pieces
from benchmarks.jsb.features import Features
from benchmarks.jsb.network import ChoraleNetwork


@torch.no_grad()
def step_nats(network: ChoraleNetwork, features: Features, *, shift: int = 0, is_hidden: bool = False) -> Tensor:
    """(N,): the four voices of a step together, with what it costs to name pitches out of reach; no dropout."""
    network.eval()
    nats = features.far_cost.clone()
    for steps, batch in whole_pieces(features, shift=shift, is_hidden=is_hidden):
        with torch.autocast("cpu", torch.bfloat16):
            log_probabilities = network(batch).log_softmax(-1)
        cost = -log_probabilities.gather(-1, batch.codes[..., None]).squeeze(-1).sum(-1)
        nats[steps[batch.is_real]] += cost[batch.is_real]
    network.train()
    return nats


@dataclass(frozen=True)
class Averaging:
    """Over how many passes a network's probabilities are averaged; each is in another key and leaves out features."""

    shifts: tuple[int, ...] = (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 0)
    feature_dropout: float = 0.15


def averaged_nats(
    network: ChoraleNetwork, features: Features, averaging: Averaging, *, is_hidden: bool = False
) -> Tensor:
    """(N,): as of the mean of the joint probabilities that the passes give to a step.

    Each pass's probabilities of a step's outcomes sum to one, so their mean does too: what is left out is drawn
    without a look at the outcome. All are of one network, and none is chosen.
    """
    network.drop_features_while_scoring(averaging.feature_dropout)
    passes = [step_nats(network, features, shift=shift, is_hidden=is_hidden) for shift in averaging.shifts]
    network.drop_features_while_scoring(0.0)
    return torch.tensor(float(len(passes))).log() - (-torch.stack(passes)).logsumexp(0)
