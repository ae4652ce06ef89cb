"""The layers of the network, written for one CPU thread: matmuls in bfloat16 are cheap there, passes over memory dear.

B rows, T steps, N heads, H head width, D width.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.jsb.chorales import NUM_CODES

MASK_POOL = 1 << 22
"""Random numbers drawn once, of which dropout takes windows."""


def normalize(x: Tensor) -> Tensor:
    """LayerNorm without weights: the norm that has a fused kernel on a CPU."""
    return F.layer_norm(x, x.shape[-1:])


class Dropout(nn.Module):
    """Dropout whose masks are windows of one pool of random bits: fresh ones would take longer than the matmuls."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.pool: Tensor
        kept = (torch.rand(MASK_POOL) >= rate).to(torch.bfloat16)
        self.register_buffer("pool", kept / max(1 - rate, 1e-6), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.rate == 0.0:
            return x
        begin = int(torch.randint(MASK_POOL - x.numel(), ()))
        return x * self.pool[begin : begin + x.numel()].view_as(x)


class FeatureTable(nn.Module):
    """The sum of a place's features, each a row of one table, each left out now and then: `rate` says how often.

    While scoring, `scoring_rate` does: the mean over several ways to leave features out is better than any of them.
    """

    def __init__(self, num_ids: int, dim: int, rate: float) -> None:
        super().__init__()
        self.bag = nn.EmbeddingBag(num_ids + 1, dim, mode="sum", padding_idx=num_ids)
        nn.init.normal_(self.bag.weight, std=0.05)
        self.rate, self.scoring_rate, self.nothing = rate, 0.0, num_ids
        self.pool: Tensor
        self.register_buffer("pool", torch.randint(256, (MASK_POOL,), dtype=torch.uint8), persistent=False)

    def forward(self, ids: Tensor, is_hidden: Tensor | None = None) -> Tensor:
        """(..., features) -> (..., dim); features that `is_hidden` are left out."""
        if is_hidden is not None:
            ids = ids.masked_fill(is_hidden, self.nothing)
        rate = self.rate if self.training else self.scoring_rate
        if rate > 0.0:
            begin = int(torch.randint(MASK_POOL - ids.numel(), ()))
            is_dropped = self.pool[begin : begin + ids.numel()] < round(256 * rate)
            ids = ids.masked_fill(is_dropped.view_as(ids), self.nothing)
        summed: Tensor = self.bag(ids.flatten(0, -2)).view(*ids.shape[:-1], -1)
        return summed.to(torch.bfloat16)


class SquaredRelu(torch.autograd.Function):
    """relu(x)^2 (So et al. 2021) in two passes forward and two back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        positive = x.relu()
        ctx.save_for_backward(positive)
        return positive * positive

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (positive,) = ctx.saved_tensors
        result: Tensor = positive.mul(gradient).mul_(2)
        return result


class WindowSum(torch.autograd.Function):
    """Of each row (..., R, W) a window of NUM_CODES numbers, summed over R; the windows are copied whole.

    What `gather` and `sum` do, in a fifth of their time with the gradient.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, begin: Tensor) -> Tensor:
        """`begin` (..., R): where each window begins -> (..., NUM_CODES)."""
        place = torch.arange(begin.numel()) * rows.shape[-1] + begin.flatten()
        ctx.save_for_backward(place)
        ctx.shape = rows.shape
        windows = rows.flatten().unfold(0, NUM_CODES, 1)[place]
        summed: Tensor = windows.view(*begin.shape, NUM_CODES).sum(-2)
        return summed

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (place,) = ctx.saved_tensors
        result = gradient.new_zeros(ctx.shape)
        windows = result.view(-1).as_strided((result.numel() - NUM_CODES + 1, NUM_CODES), (1, 1))
        windows[place] = gradient.unsqueeze(-2).expand(*ctx.shape[:-1], NUM_CODES).reshape(-1, NUM_CODES)
        return result, None


def rotate(x: Tensor) -> Tensor:
    """Rotary positions (Su et al. 2021) for x (B, N, T, H)."""
    T, H = x.shape[-2:]  # noqa: N806
    angle = torch.arange(T)[:, None] * 10000.0 ** (-torch.arange(0, H, 2) / H)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


class Attention(nn.Module):
    """Causal attention by two matmuls and a softmax, which beats the flash kernel on one thread at these lengths."""

    def __init__(self, dim: int, head_dim: int) -> None:
        super().__init__()
        self.head_dim = head_dim
        self.qkv = nn.Linear(dim, 3 * dim, bias=False)
        self.out = nn.Linear(dim, dim, bias=False)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor) -> Tensor:
        num_rows, num_steps, dim = x.shape
        heads = self.qkv(x).view(num_rows, num_steps, 3, -1, self.head_dim)
        q, k, v = heads.permute(2, 0, 3, 1, 4)
        scores = rotate(q) * self.head_dim**-0.5 @ rotate(k).transpose(-1, -2)
        future = torch.full((num_steps, num_steps), -1e4, dtype=scores.dtype).triu(1)
        mixed = (scores + future).softmax(-1) @ v
        result: Tensor = self.out(mixed.transpose(1, 2).reshape(num_rows, num_steps, dim))
        return result


class FeedForward(nn.Module):
    def __init__(self, dim: int, factor: int) -> None:
        super().__init__()
        self.up = nn.Linear(dim, factor * dim, bias=False)
        self.down = nn.Linear(factor * dim, dim, bias=False)
        nn.init.zeros_(self.down.weight)

    def forward(self, x: Tensor) -> Tensor:
        result: Tensor = self.down(SquaredRelu.apply(self.up(x)))  # type: ignore[no-untyped-call]
        return result


def shift_tokens(x: Tensor, shifts: tuple[int, ...]) -> Tensor:
    """x (B, T, D) with its channels in equal parts, each from so many steps earlier (RWKV, Peng et al. 2023)."""
    parts = zip(x.tensor_split(len(shifts), dim=-1), shifts, strict=True)
    return torch.cat([F.pad(part, (0, 0, shift, 0))[:, : x.shape[1]] for part, shift in parts], dim=-1)


class StepLayer(nn.Module):
    def __init__(self, dim: int, head_dim: int, token_shifts: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        self.token_shifts = token_shifts
        self.attention = Attention(dim, head_dim)
        self.feed_forward = FeedForward(dim, 3)
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.dropout(self.attention(shift_tokens(normalize(x), self.token_shifts)))
        fed: Tensor = self.dropout(self.feed_forward(shift_tokens(normalize(x), self.token_shifts)))
        return x + fed
