"""What a step of data-parallel training costs on many processes: a formula, and a simulation of it. Nothing here is
measured; `benchmarks.distributed` measures alpha and beta of this machine and prints the tables.

A ring all-reduce of n bytes among p processes takes 2 (p - 1) phases, in each of which every process passes n / p bytes
on to the next: 2 (p - 1) (alpha + beta n / p) seconds (Thakur, Rabenseifner and Gropp 2005,
https://doi.org/10.1177/1094342005051521), where alpha is the latency of a message and beta the seconds a byte takes.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

BUCKET_BYTES: Final = 25 * 2**20
"""Gradients are sent in pieces of this size, each as soon as its backward pass is done: torch's default."""
BACKWARD_SHARE: Final = 2 / 3
"""Of a step's computing."""


class Network(NamedTuple):
    """How fast processes pass bytes on."""

    name: str
    alpha: float
    """Seconds a message takes, however short."""
    beta: float
    """Seconds a byte takes."""


class Work(NamedTuple):
    """A step of one process."""

    name: str
    seconds: float
    """Of computing, forward, backward and optimizer."""
    gradient_bytes: float


ASSUMED: Final = (
    Network("NVLink within a node (assumed 5 us, 300 GB/s)", 5e-6, 1 / 300e9),
    Network("InfiniBand (assumed 10 us, 40 GB/s)", 10e-6, 1 / 40e9),
    Network("10-gigabit Ethernet (assumed 50 us, 1.1 GB/s)", 50e-6, 1 / 1.1e9),
)
"""Round figures of such networks, assumed and not measured."""


def ring_seconds(num_bytes: float, *, ranks: int, network: Network) -> float:
    """A ring all-reduce, by the formula.

    >>> ring_seconds(8e6, ranks=2, network=Network("", alpha=0.001, beta=1e-9))
    0.01
    """
    return 2 * (ranks - 1) * (network.alpha + network.beta * num_bytes / ranks)


def simulated_step(work: Work, *, ranks: int, network: Network, jitter: float, random: Generator) -> float:
    """Seconds of one step in which processes compute for unequally long (their times have this relative standard
    deviation) and pass on each bucket once it is ready and the one before is through; the slowest process counts."""
    computing = work.seconds * np.exp(jitter * random.standard_normal(ranks))
    if ranks == 1:
        return float(computing[0])
    num_buckets = max(1, round(work.gradient_bytes / BUCKET_BYTES))
    forward = (1 - BACKWARD_SHARE) * computing
    done = forward
    for bucket in range(1, num_buckets + 1):
        ready = forward + BACKWARD_SHARE * computing * bucket / num_buckets
        done = _ring(np.maximum(ready, done), work.gradient_bytes / num_buckets, network)
    return float(done.max())


def simulated_efficiency(
    work: Work, *, ranks: int, network: Network, jitter: float, steps: int, random: Generator
) -> float:
    """Work done per second and process, over that of one process without unevenness."""
    seconds = [simulated_step(work, ranks=ranks, network=network, jitter=jitter, random=random) for _ in range(steps)]
    return work.seconds / float(np.mean(seconds))


def _ring(start: NDArray[np.float64], num_bytes: float, network: Network) -> NDArray[np.float64]:
    """When each process has the sum: in every phase it waits for what its neighbour passes on."""
    ranks, now = len(start), start
    for _ in range(2 * (ranks - 1)):
        now = np.maximum(now, np.roll(now, 1)) + network.alpha + network.beta * num_bytes / ranks
    return now
