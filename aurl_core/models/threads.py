"""How many CPU threads torch computes with, which is part of what makes a result reproducible."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def cpu_threads(num_threads: int) -> Iterator[None]:
    """Let torch use so many CPU threads (0: one a core) inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(num_threads or os.cpu_count() or 1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
