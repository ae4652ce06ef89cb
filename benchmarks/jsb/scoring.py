"""What a network makes of held-out pieces: nats per step, every step of every piece from its first one on."""

from __future__ import annotations

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


def averaged_nats(
    network: ChoraleNetwork, features: Features, *, shifts: tuple[int, ...], is_hidden: bool = False
) -> Tensor:
    """(N,): as of the mean of the joint probabilities that the network gives to a step in several keys.

    Each key's probabilities of a step's outcomes sum to one, so their mean does too.
    """
    nats = torch.stack([step_nats(network, features, shift=shift, is_hidden=is_hidden) for shift in shifts])
    return torch.tensor(float(len(shifts))).log() - (-nats).logsumexp(0)
