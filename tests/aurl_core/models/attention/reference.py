"""Attention as slow and plain as can be: query by query, in float64, with nothing of what it stands beside."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from aurl_core.models.attention.attention import Attention
from aurl_core.models.attention.registry import build_attention
from aurl_core.models.params import TransformerConfig
from aurl_core.models.positions import RotaryPositions

HEAD_DIM = 4
BASE = 100.0


class Sight(NamedTuple):
    """What one head sees of the past."""

    local: int
    block: int = 1
    num_blocks: int = 0
    weight: Tensor | None = None
    """What the values are multiplied by for the weights in a summary (H)."""
    distance: Tensor | None = None
    """The learned vectors by distance (R, H)."""


def attention(settings: dict[str, object], *, num_heads: int = 3, context_length: int = 64) -> Attention:
    """An attention of these settings with random weights."""
    width = HEAD_DIM * num_heads
    shape = {"num_layers": 1, "num_heads": num_heads, "model_dim": width, "feedforward_dim": 4}
    config = TransformerConfig(**shape, feedforward="gelu", context_length=context_length, attention=settings)
    torch.manual_seed(3)
    net = build_attention(config)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return net


def music(net: Attention, length: int, *, batch_size: int = 1) -> Tensor:
    return torch.randn(batch_size, length, net.num_heads * HEAD_DIM, generator=torch.Generator().manual_seed(length))


@torch.no_grad()
def at_once(net: Attention, x_BTD: Tensor) -> Tensor:
    return net(x_BTD, RotaryPositions(HEAD_DIM, base=BASE)(0, x_BTD.shape[1]))


@torch.no_grad()
def step_by_step(net: Attention, x_BTD: Tensor, size: int) -> Tensor:
    """The same, with a memory, `size` tokens a call."""
    memory, positions = net.start_memory(len(x_BTD)), RotaryPositions(HEAD_DIM, base=BASE)
    parts = x_BTD.split(size, dim=1)
    return torch.cat([net(x, positions(size * n, x.shape[1]), memory) for n, x in enumerate(parts)], dim=1)


@torch.no_grad()
def reference(net: Attention, x_BTD: Tensor, sights: list[Sight]) -> Tensor:
    """What `at_once` and `step_by_step` have to be, given what each head sees."""
    made = []
    for x_TD in x_BTD.double():
        q, k, v = (
            (x_TD @ project.weight.double().T).unflatten(1, (-1, HEAD_DIM))
            for project in (net.query, net.key, net.value)
        )
        heads = [_head(q[:, n], k[:, n], v[:, n], sight) for n, sight in enumerate(sights)]
        made.append(torch.cat(heads, dim=1) @ net.output.weight.double().T)
    return torch.stack(made).float()


def _head(q_TH: Tensor, k_TH: Tensor, v_TH: Tensor, sight: Sight) -> Tensor:
    turned_TH = torch.stack([_turned(k, t) for t, k in enumerate(k_TH)])
    return torch.stack([_seen(q, t, turned_TH, v_TH, sight) for t, q in enumerate(q_TH)])


def _seen(q_H: Tensor, t: int, k_TH: Tensor, v_TH: Tensor, sight: Sight) -> Tensor:
    turned_H, scores, values = _turned(q_H, t), [], []
    for s in range(max(t - sight.local + 1, 0), t + 1):
        score = turned_H @ k_TH[s]
        if sight.distance is not None:
            score = score + q_H @ sight.distance[min(t - s, len(sight.distance) - 1)].double()
        scores.append(score / HEAD_DIM**0.5)
        values.append(v_TH[s])
    blocks = [m for m in range(t // sight.block + 1) if m * sight.block <= t - sight.local]
    for m in blocks[-sight.num_blocks :] if sight.num_blocks else []:
        of_block = slice(m * sight.block, (m + 1) * sight.block)
        assert of_block.stop <= t
        shares = torch.softmax(v_TH[of_block] @ sight.weight.double(), dim=0)
        scores.append(turned_H @ (shares @ k_TH[of_block]) / HEAD_DIM**0.5 + torch.tensor(sight.block).log())
        values.append(shares @ v_TH[of_block])
    return torch.softmax(torch.stack(scores), dim=0) @ torch.stack(values)


def _turned(x_H: Tensor, t: int) -> Tensor:
    half = HEAD_DIM // 2
    angle = t * BASE ** (-torch.arange(half, dtype=torch.float64) / half)
    first, second = x_H[:half], x_H[half:]
    return torch.cat([first * angle.cos() - second * angle.sin(), second * angle.cos() + first * angle.sin()])
