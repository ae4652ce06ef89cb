"""What is done about gradients that are too large; its settings are in clipping_params.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import torch
from pytorch_optimizer.optimizer.agc import agc
from torch import Tensor, nn
from torch.nn.utils import clip_grad_value_

from aurl_core.training.distributed.gradients import clip_gradients, gradient_norm
from aurl_core.training.optimization.clipping_params import AdaptiveClip, ClipParams, NormClip, UnitClip, ValueClip


class Clipper(nn.Module):
    """Limits the gradients of weights in place and says how large they were together; this one lets them be."""

    def forward(self, weights: Iterable[Tensor], norm: Tensor | None = None) -> Tensor:
        """() the norm of all gradients before they were limited; of weights that are not all, it has to be given."""
        weights = [weight for weight in weights if weight.grad is not None]
        norm = gradient_norm(weights) if norm is None else norm
        self.limit(weights, norm)
        return norm

    def limit(self, weights: list[Tensor], norm: Tensor) -> None:
        """Make gradients that together have this norm small enough."""


class NormClipper(Clipper):
    """To a given norm."""

    def __init__(self, params: NormClip) -> None:
        super().__init__()
        self.norm = params.norm

    def limit(self, weights: list[Tensor], norm: Tensor) -> None:
        clip_gradients(weights, norm=norm, most=self.norm)


class ValueClipper(Clipper):
    """Number by number."""

    def __init__(self, params: ValueClip) -> None:
        super().__init__()
        self.value = params.value

    def limit(self, weights: list[Tensor], norm: Tensor) -> None:
        clip_grad_value_(weights, self.value)


class UnitClipper(Clipper):
    """Unit by unit."""

    def __init__(self, params: UnitClip) -> None:
        super().__init__()
        self.params = params

    def limit(self, weights: list[Tensor], norm: Tensor) -> None:
        for weight in weights:
            assert weight.grad is not None
            weight.grad.copy_(agc(weight.detach(), weight.grad, self.params.least_norm, self.params.share))


class AdaptiveClipper(Clipper):
    """To a multiple of what has been usual in the last steps; their norms, before clipping, are part of its state."""

    norms_W: Tensor
    num_norms: Tensor

    def __init__(self, params: AdaptiveClip) -> None:
        super().__init__()
        self.params = params
        self.register_buffer("norms_W", torch.zeros(params.window))
        self.register_buffer("num_norms", torch.zeros((), dtype=torch.long))

    def limit(self, weights: list[Tensor], norm: Tensor) -> None:
        clip_gradients(weights, norm=norm, most=self.largest())
        if norm.isfinite():
            self.norms_W[self.num_norms % self.params.window] = norm
            self.num_norms += 1

    def largest(self) -> float:
        """The norm that gradients are scaled down to now."""
        known = self.norms_W[: int(self.num_norms)]
        if len(known) < min(self.params.least_history, self.params.window):
            return self.params.norm
        return self.params.factor * float(known.quantile(self.params.quantile))


_CLIPPERS: Final[dict[str, Callable[[Any], Clipper]]] = {
    "off": lambda params: Clipper(),
    "norm": NormClipper,
    "adaptive": AdaptiveClipper,
    "value": ValueClipper,
    "agc": UnitClipper,
}


def build_clipper(params: ClipParams) -> Clipper:
    """The clipper of these settings."""
    return _CLIPPERS[params.kind](params)
