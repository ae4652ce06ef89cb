"""How far what was decoded is from what should have been, as a frozen encoder hears it. The encoder lives in models.

Each is the mean over layers; padding never counts. Shapes: B batch, T time, D features, N places that are real.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F

from aurl_core.losses.choice import mean
from aurl_core.losses.outputs import FeatureOutput, wide


def feature_distance(features: FeatureOutput) -> Tensor:
    """mean (f(decoded) - f(target))² over places and features (Johnson et al. 2016, arXiv:1603.08155)."""
    return _mean_over_layers([mean((decoded - target).square()) for decoded, target in _places(features)])


def feature_cosine(features: FeatureOutput) -> Tensor:
    """mean 1 - cos(f(decoded), f(target)) over places: the direction alone, from 0 to 2."""
    layers = _places(features)
    return _mean_over_layers([mean(1 - F.cosine_similarity(decoded, target, dim=-1)) for decoded, target in layers])


def feature_gram(features: FeatureOutput) -> Tensor:
    """mean (G(decoded) - G(target))², G the mean over a sequence's time of f fᵀ: which features sound together, no
    matter when (Gatys et al. 2016, "Image style transfer using convolutional neural networks")."""
    layers = zip(features.decoded, features.targets, features.is_real, strict=True)
    return _mean_over_layers(
        [(_gram(a, is_real) - _gram(b.detach(), is_real)).square().mean() for a, b, is_real in layers]
    )


def _places(features: FeatureOutput) -> Iterator[tuple[Tensor, Tensor]]:
    """(N, D) of what was decoded and of the target, layer by layer."""
    for decoded_BTD, target_BTD, is_real_BT in zip(features.decoded, features.targets, features.is_real, strict=True):
        yield wide(decoded_BTD)[is_real_BT], wide(target_BTD).detach()[is_real_BT]


def _gram(feature_BTD: Tensor, is_real_BT: Tensor) -> Tensor:
    real_BTD = wide(feature_BTD) * is_real_BT[..., None]
    num_places_B = is_real_BT.sum(1).clamp(min=1)
    return real_BTD.transpose(1, 2) @ real_BTD / num_places_B[:, None, None]


def _mean_over_layers(distances: list[Tensor]) -> Tensor:
    return torch.stack(distances).mean()
