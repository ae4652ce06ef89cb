"""The norms of the residual stream; `RMSNorm` has a backward pass of its own on CPU.

Shapes: B batch, T time, D model; the functions take any number of dimensions before the last.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import torch
from torch import Tensor, nn

_EXACT: Final = (torch.float32, torch.float64)


def build_norm(kind: Literal["rmsnorm", "layernorm"], width: int) -> RMSNorm | nn.LayerNorm:
    """The norm that a configuration names, without a bias."""
    return RMSNorm(width) if kind == "rmsnorm" else nn.LayerNorm(width, bias=False)


class RMSNorm(nn.RMSNorm):
    """x / rms(x) * weight (Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467).

    torch has one kernel for it on CUDA, but a row of small ones on CPU, forward and backward. While learning there, the
    few passes of `_Normed` take their place, and under autocast the result comes in its arithmetic, so that it is
    rounded once and not once for each matrix that reads it.
    """

    def forward(self, x: Tensor) -> Tensor:
        """x_BTD -> y_BTD."""
        if x.device.type != "cpu" or x.dtype not in _EXACT or not torch.is_grad_enabled():
            return super().forward(x)
        eps = torch.finfo(x.dtype).eps if self.eps is None else self.eps
        dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else x.dtype
        y_BTD: Tensor = _Normed.apply(x, self.weight, eps, dtype)  # type: ignore[no-untyped-call]
        return y_BTD


class _Normed(torch.autograd.Function):
    """y = r x w with r = 1 / sqrt(mean(x^2) + eps); its gradients, with h = dy w, are dx = r h - r^3 x mean(h x) and
    dw = sum(dy r x)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float, dtype: torch.dtype) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.eps = eps
        return (x * _inverse_rms(x, eps)).mul_(weight).to(dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None, None]:
        x, weight = ctx.saved_tensors
        with torch.autocast("cpu", enabled=False):
            inverse = _inverse_rms(x, ctx.eps)
            weighed = (gradient * x).flatten(0, -2)
            of_weight = inverse.flatten() @ weighed
            slope = (weighed @ weight).view_as(inverse) * inverse**3 / x.shape[-1]
            of_x = (gradient * weight).mul_(inverse).addcmul_(x, slope, value=-1)
        return of_x, of_weight, None, None


def _inverse_rms(x: Tensor, eps: float) -> Tensor:
    squares: Tensor = torch.linalg.vector_norm(x, dim=-1, keepdim=True) ** 2
    return (squares / x.shape[-1] + eps).rsqrt()
