"""Beta: the weight of the latents' divergence at each step of a training; its settings are in variational_params.py."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from aurl_core.training.variational_params import AdaptiveBeta, BetaParams, ConstantBeta, CyclicalBeta


class Beta(nn.Module):
    """Beta by the step alone, but for the adaptive kind, which remembers where it is (in a checkpoint, too)."""

    log_beta: Tensor

    def __init__(self, params: BetaParams, *, num_steps: int) -> None:
        super().__init__()
        self.params = params
        self.num_steps = num_steps
        start = params.start if isinstance(params, AdaptiveBeta) else 1.0
        self.register_buffer("log_beta", torch.tensor(math.log(start)))

    def forward(self, step: int) -> float:
        """Beta at `step` (from 0)."""
        if isinstance(self.params, AdaptiveBeta):
            return float(self.log_beta.exp())
        return beta_at(self.params, step / self.num_steps)

    def hear(self, segment_nats: float) -> None:
        """Take note of a step's divergence, nats a segment; only the adaptive kind heeds it."""
        if isinstance(self.params, AdaptiveBeta):
            off = max(-1.0, min(1.0, segment_nats / self.params.target_nats - 1))
            self.log_beta.add_(self.params.gain * off).clamp_(max=math.log(self.params.end))


def beta_at(params: BetaParams, progress: float) -> float:
    """Beta when a share `progress` of the steps is done, of any kind but the adaptive.

    >>> from aurl_core.training.variational_params import RampBeta
    >>> [beta_at(RampBeta(kind="linear", start=0.5, end=1.0, share=0.5), share) for share in (0.0, 0.25, 0.5, 0.9)]
    [0.5, 0.75, 1.0, 1.0]
    """
    assert not isinstance(params, AdaptiveBeta)
    if isinstance(params, ConstantBeta):
        return params.end
    if isinstance(params, CyclicalBeta):
        return params.end * min(1.0, progress * params.num_cycles % 1 / params.share)
    done = min(1.0, progress / params.share)
    if params.kind == "exponential":
        return params.start * math.exp(done * math.log(params.end / params.start))
    return params.start + (params.end - params.start) * (done if params.kind == "linear" else _half_wave(done))


def _half_wave(done: float) -> float:
    return (1 - math.cos(math.pi * done)) / 2
