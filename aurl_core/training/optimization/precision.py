"""Which arithmetic a machine trains in."""

from __future__ import annotations

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
