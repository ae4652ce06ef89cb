"""Which arithmetic a machine trains in, and how many threads it uses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

import torch

from aurl_core.training.params import TrainParams

_CPU_FEATURES: Final = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")
_LIGHTNING: Final[dict[str, Literal["32-true", "bf16-mixed"]]] = {"fp32": "32-true", "bf16": "bf16-mixed"}


def lightning_precision(params: TrainParams) -> Literal["32-true", "bf16-mixed"]:
    """Lightning's name of `params.precision`; for `auto`, bf16 where the device computes in it, else fp32.

    A CPU without bf16 instructions emulates them, many times slower than fp32.
    """
    if params.precision != "auto":
        return _LIGHTNING[params.precision]
    return _LIGHTNING["bf16" if _has_bf16(params.accelerator) else "fp32"]


def _has_bf16(accelerator: str) -> bool:
    if accelerator in ("auto", "cuda") and torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    if accelerator == "mps" or (accelerator == "auto" and torch.backends.mps.is_available()):
        return False
    return any(torch.cpu.get_capabilities().get(feature) for feature in _CPU_FEATURES)


@contextmanager
def cpu_threads(num_threads: int) -> Iterator[None]:
    """Let torch use so many CPU threads (0: one a core) inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(num_threads or os.cpu_count() or 1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
