"""Which arithmetic a machine trains in, and how losses are scaled for it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import torch
from pytorch_lightning.plugins import MixedPrecision
from torch.amp import GradScaler
from torch.optim import Optimizer

from aurl_core.errors import SettingError
from aurl_core.training.params import TrainParams

_CPU_FEATURES: Final = ("avx512_bf16", "amx_bf16", "bf16", "sve_bf16")
_LIGHTNING: Final = {"fp32": "32-true", "bf16": "bf16-mixed", "fp16": "16-mixed"}


def lightning_precision(params: TrainParams) -> str:
    """Lightning's name of `params.precision`; for `auto`, bf16 where the device computes in it, else fp32.

    A CPU without bf16 instructions emulates them, many times slower than fp32.
    """
    if params.precision != "auto":
        return _LIGHTNING[params.precision]
    return _LIGHTNING["bf16" if _has_bf16(params.accelerator) else "fp32"]


def build_scaler(params: TrainParams) -> GradScaler | None:
    """What scales the loss; None where nothing has to."""
    if params.precision != "fp16":
        return None
    scale = params.loss_scale
    return GradScaler(_device(params), init_scale=scale.start, growth_interval=scale.peaceful_steps)


def arithmetic(params: TrainParams, scaler: GradScaler | None) -> dict[str, Any]:
    """What Lightning's trainer is told; by name it refuses fp16 on a CPU, though torch computes in it there."""
    if scaler is None:
        return {"precision": lightning_precision(params)}
    return {"plugins": [MixedPrecision("16-mixed", _device(params), scaler)]}


def unscale(scaler: GradScaler, optimizers: Iterable[Optimizer]) -> None:
    """Give the gradients of all weights the size that they have without the scale."""
    for optimizer in optimizers:
        scaler.unscale_(optimizer)


def _device(params: TrainParams) -> str:
    """`SettingError` where fp16 is not to be had."""
    is_mps = params.accelerator == "mps" or (params.accelerator == "auto" and torch.backends.mps.is_available())
    if is_mps:
        raise SettingError(
            "train.precision 'fp16' is not for train.accelerator mps; take fp32, or accelerator cpu or cuda"
        )
    return "cuda" if params.accelerator != "cpu" and torch.cuda.is_available() else "cpu"


def _has_bf16(accelerator: str) -> bool:
    if accelerator in ("auto", "cuda") and torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    if accelerator == "mps" or (accelerator == "auto" and torch.backends.mps.is_available()):
        return False
    return any(torch.cpu.get_capabilities().get(feature) for feature in _CPU_FEATURES)
