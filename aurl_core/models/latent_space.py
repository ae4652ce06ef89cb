"""Ways through the space of latents: along one dimension, between two segments, along what an attribute changes.

What the decoder makes of the places on the way is heard elsewhere; pictures are drawn in latent_plots.py, and how far
dimensions stand for one thing each is measured in disentanglement.py.

Shapes: B batch, L places of a level, Z latent, F all numbers of a segment's latents, S steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal

import torch
from torch import Tensor

from aurl_core.models.latent import Latents
from aurl_core.models.latent_params import Level

_PARALLEL: Final = 1e-2
"""Below this angle (radians) an arc is as good as a line."""


def flatten(latents: Latents) -> Tensor:
    """(B, F) all numbers of each segment's latents, level after level, place after place.

    >>> flatten({"piece": torch.zeros(2, 1, 4), "bar": torch.zeros(2, 3, 2)}).shape
    torch.Size([2, 10])
    """
    return torch.cat([latent_BLZ.flatten(1) for latent_BLZ in latents.values()], 1)


def unflatten(latent_BF: Tensor, like: Latents) -> dict[Level, Tensor]:
    """The latents whose `flatten` this is, at the levels and places of `like`."""
    shapes = {level: latent_BLZ.shape[1:] for level, latent_BLZ in like.items()}
    parts = torch.split(latent_BF, [shape.numel() for shape in shapes.values()], dim=1)
    return {
        level: part_BF.view(len(latent_BF), *shape)
        for (level, shape), part_BF in zip(shapes.items(), parts, strict=True)
    }


def interpolate(
    first: Latents, second: Latents, *, num_steps: int, kind: Literal["spherical", "linear"] = "spherical"
) -> dict[Level, Tensor]:
    """(S, L, Z) at each level: the way from the latents of one segment (B = 1) to those of another, both included."""
    share_S1 = torch.linspace(0, 1, num_steps)[:, None]
    between: Callable[[Tensor, Tensor, Tensor], Tensor] = spherical if kind == "spherical" else torch.lerp
    start_SF, end_SF = (flatten(latents).expand(num_steps, -1) for latents in (first, second))
    return unflatten(between(start_SF, end_SF, share_S1), first)


def spherical(start_BF: Tensor, end_BF: Tensor, share_B1: Tensor) -> Tensor:
    """(sin((1 - s) ω) a + sin(s ω) b) / sin ω, where ω is the angle between a and b: on the way, the length goes from
    one's to the other's instead of shrinking, as latents of many dimensions never do (White 2016, arXiv:1609.04468).

    >>> halfway_BF = spherical(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]), torch.tensor([[0.5]]))
    >>> round(float(halfway_BF.norm()), 3)
    1.0
    """
    cosine_B1 = torch.nn.functional.cosine_similarity(start_BF, end_BF, dim=1)[:, None]
    angle_B1 = cosine_B1.clamp(-1, 1).acos()
    is_line_B1 = (angle_B1 < _PARALLEL) | (angle_B1 > torch.pi - _PARALLEL)
    sine_B1 = angle_B1.sin().where(~is_line_B1, torch.ones_like(angle_B1))
    arc_BF = (((1 - share_B1) * angle_B1).sin() * start_BF + (share_B1 * angle_B1).sin() * end_BF) / sine_B1
    return torch.lerp(start_BF, end_BF, share_B1).where(is_line_B1, arc_BF)


def traverse(latents: Latents, level: Level, dimension: int, values: Sequence[float]) -> dict[Level, Tensor]:
    """(S, L, Z) at each level: the latents of one segment (B = 1) with one dimension set to each value, at all places
    of its level."""
    way = {name: latent_BLZ.repeat(len(values), 1, 1) for name, latent_BLZ in latents.items()}
    way[level][:, :, dimension] = torch.tensor(values, dtype=way[level].dtype)[:, None]
    return way


def attribute_vector(latent_BF: Tensor, value_B: Tensor) -> Tensor:
    """(F,) from the mean latents of the quarter of segments with the least of an attribute to that with the most of it
    (Larsen et al. 2016, arXiv:1512.09300, for attributes with a value). ValueError if there are fewer than two."""
    if len(value_B) < 2:
        raise ValueError(f"an attribute vector needs two segments at least, there are {len(value_B)}")
    order_B = value_B.argsort()
    quarter = max(1, len(order_B) // 4)
    return latent_BF[order_B[-quarter:]].mean(0) - latent_BF[order_B[:quarter]].mean(0)


def move(latents: Latents, vector_F: Tensor, shares: Sequence[float]) -> dict[Level, Tensor]:
    """(S, L, Z) at each level: the latents of one segment (B = 1) moved along a vector by each share of its length."""
    share_S1 = torch.tensor(shares, dtype=vector_F.dtype)[:, None]
    return unflatten(flatten(latents) + share_S1 * vector_F, latents)
