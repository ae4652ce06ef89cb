"""Moments of a training, and a machine, to be changed where a test wants something else."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from aurl_core.training.callbacks.live import Moment
from tasks.watching.machine import Machine

MOMENT = Moment(
    step=40,
    num_steps=160,
    tokens_seen=40_960,
    num_tokens=163_840,
    epoch=1.5,
    num_files=12,
    num_versions=18,
    losses={"plain_cross_entropy": 2.5, "kl": 0.125},
    learning_rate=0.005,
    gradient_norm=0.75,
    tokens_per_second=9000.0,
    samples_per_second=36.0,
    loading_share=0.02,
)
MACHINE = Machine(
    memory_bytes=800_000_000,
    free_memory_bytes=8_000_000_000,
    free_disk_bytes=50_000_000_000,
    gpu_memory_bytes=None,
    gpu_utilization=None,
)


@pytest.fixture
def moment() -> Callable[..., Moment]:
    return lambda **changes: replace(MOMENT, **changes)


@pytest.fixture
def machine() -> Callable[..., Machine]:
    return lambda **changes: replace(MACHINE, **changes)
