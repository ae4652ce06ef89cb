"""What latents are expected to be like before anything is heard: distributions that can be asked and drawn from.

Shapes: B batch, L places of a level, Z latent, N noise of a place, K components.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Final, cast

import torch
import zuko  # type: ignore[import-untyped]
from torch import Tensor, nn

from aurl_core.models.latent import Latents
from aurl_core.models.latent_params import (
    FlowPriorConfig,
    LatentConfig,
    Level,
    MixturePriorConfig,
    PriorConfig,
)

_LOG_2_PI: Final = math.log(2 * math.pi)


class Prior(nn.Module, ABC):
    """A distribution of the latents of one level, the same at each place and independent of the others."""

    num_noise: int
    """Standard normal numbers that one latent is made of."""

    @abstractmethod
    def nats(self, latent_BLZ: Tensor) -> Tensor:
        """(B, L) -log p of each latent."""

    @abstractmethod
    def draw(self, noise_BLN: Tensor) -> Tensor:
        """(B, L, Z) the latents that standard normal noise stands for: distributed as the prior says."""


class NormalPrior(Prior):
    """N(0, 1) in each dimension; there is nothing to learn."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.num_noise = dim

    def nats(self, latent_BLZ: Tensor) -> Tensor:
        """(B, L) ½(z² + log 2π), summed."""
        return 0.5 * (latent_BLZ.float().square() + _LOG_2_PI).sum(-1)

    def draw(self, noise_BLN: Tensor) -> Tensor:
        """The noise itself."""
        return noise_BLN


class MixturePrior(Prior):
    """sum_k w_k N(μ_k, σ_k), all learnt; the last number of a latent's noise chooses the component."""

    def __init__(self, dim: int, config: MixturePriorConfig) -> None:
        super().__init__()
        self.num_noise = dim + 1
        self.weight_K = nn.Parameter(torch.zeros(config.num_components))
        self.mean_KZ = nn.Parameter(0.5 * torch.randn(config.num_components, dim))
        self.log_deviation_KZ = nn.Parameter(torch.zeros(config.num_components, dim))

    def nats(self, latent_BLZ: Tensor) -> Tensor:
        """(B, L) -log sum_k w_k N(z; μ_k, σ_k)."""
        scaled_BLKZ = (latent_BLZ.float()[..., None, :] - self.mean_KZ) * (-self.log_deviation_KZ).exp()
        nats_BLK = (0.5 * (scaled_BLKZ.square() + _LOG_2_PI) + self.log_deviation_KZ).sum(-1)
        return -(self.weight_K.log_softmax(0) - nats_BLK).logsumexp(-1)

    def draw(self, noise_BLN: Tensor) -> Tensor:
        """μ_k + σ_k ε, where k is where the last number's share of the normal distribution falls."""
        share_BL = torch.special.ndtr(noise_BLN[..., -1].contiguous())
        chosen_BL = torch.searchsorted(self.weight_K.softmax(0).cumsum(0), share_BL).clamp(max=len(self.weight_K) - 1)
        return self.mean_KZ[chosen_BL] + self.log_deviation_KZ.exp()[chosen_BL] * noise_BLN[..., :-1]


class FlowPrior(Prior):
    """Noise bent by couplings of monotonic splines, each half of the dimensions by the other half."""

    def __init__(self, dim: int, config: FlowPriorConfig) -> None:
        super().__init__()
        self.num_noise = dim
        self.flow = zuko.flows.NSF(
            dim, transforms=config.num_transforms, hidden_features=[config.hidden_dim] * 2, passes=min(2, dim)
        )

    def nats(self, latent_BLZ: Tensor) -> Tensor:
        """(B, L) ½(ε² + log 2π) - log |dε/dz|, summed."""
        nats_BL: Tensor = -self.flow().log_prob(latent_BLZ.float())
        return nats_BL

    def draw(self, noise_BLN: Tensor) -> Tensor:
        """The latents that the flow turns into this noise."""
        latent_BLZ: Tensor = self.flow().transform.inv(noise_BLN)
        return latent_BLZ


class SegmentPrior(nn.Module):
    """The priors of all levels: of everything that is not heard of a segment."""

    def __init__(self, config: LatentConfig) -> None:
        super().__init__()
        self.sizes = config.sizes
        self.levels = nn.ModuleDict()
        self.noise_sizes: dict[Level, int] = {}
        for level, size in config.sizes.items():
            prior = build_prior(size.dim, config.prior)
            self.levels[level] = prior
            self.noise_sizes[level] = size.num_places * prior.num_noise

    @property
    def num_noise(self) -> int:
        """Standard normal numbers from which the latents of a segment are drawn."""
        return sum(self.noise_sizes.values())

    def nats(self, latents: Latents) -> dict[Level, Tensor]:
        """(B, L) -log p of the latents of each level."""
        return {level: self._of(level).nats(latent_BLZ) for level, latent_BLZ in latents.items()}

    def draw(self, noise_BZ: Tensor) -> Latents:
        """The latents of a segment that `num_noise` numbers a sequence stand for."""
        parts = torch.split(noise_BZ, list(self.noise_sizes.values()), dim=1)
        return {
            level: self._of(level).draw(part_BN.view(len(noise_BZ), size.num_places, -1))
            for (level, size), part_BN in zip(self.sizes.items(), parts, strict=True)
        }

    def _of(self, level: Level) -> Prior:
        return cast(Prior, self.levels[level])


def build_prior(dim: int, config: PriorConfig) -> Prior:
    """The prior of one level that the configuration names, over `dim` numbers."""
    if config.kind == "mixture":
        return MixturePrior(dim, config)
    return FlowPrior(dim, config) if config.kind == "flow" else NormalPrior(dim)
