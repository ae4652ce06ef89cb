"""Latents at three levels: what is believed of them after reading, and what the decoder is told of them.

Shapes: B batch, T time, D model, N heads, H head, L places of a level, R rows of all real places, Z latent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aurl_core.models.latent_params import LatentConfig, Level
from aurl_core.models.params import VariationalConfig
from aurl_core.models.places import PlaceEmbedding, Places

Latents = Mapping[Level, Tensor]
"""The latents (B, L, Z) of each level; what comes after the last phrase or bar is told the last one's."""

_INITIAL_LOG_VARIANCE: Final = -2.0
"""Latents that are sharp at first, so that the decoder finds a use for them."""
_TINY_VARIANCE: Final = 1e-10
"""Added to variances before they divide; were it larger, means could escape their fixed spread by becoming small."""


class Posterior(NamedTuple):
    """Normal distributions of the latents of one level, given what was read."""

    mean_BLZ: Tensor
    log_variance_BLZ: Tensor
    is_real_BL: Tensor
    """bool: False where a shorter segment has no such phrase or bar."""

    def draw(self) -> Tensor:
        """(B, L, Z) latents by torch's global generator, differentiable in mean and variance."""
        return self.mean_BLZ + (0.5 * self.log_variance_BLZ).exp() * torch.randn_like(self.mean_BLZ)


Posteriors = Mapping[Level, Posterior]
"""By level."""


def membership(level: Level, places: Places, is_real_BT: Tensor, config: LatentConfig) -> Tensor:
    """(B, L, T) bool: does a token belong to a level's place? Bars beyond the segment's belong to its last."""
    num_places = config.sizes[level].num_places
    place_B1T = place_of(level, places, config).clamp(max=num_places - 1)[:, None]
    return (place_B1T == torch.arange(num_places, device=place_B1T.device)[:, None]) & is_real_BT[:, None]


def place_of(level: Level, places: Places, config: LatentConfig) -> Tensor:
    """(B, T) the number of the latent of a level to which each token belongs, counted on beyond a segment's end."""
    if level == "piece":
        return torch.zeros_like(places.bar_BT)
    if level == "bar":
        return places.bar_BT
    segment_BT, bar_BT = places.bar_BT // config.bars, places.bar_BT % config.bars
    return segment_BT * config.sizes["phrase"].num_places + bar_BT // config.phrase_bars


class PosteriorHead(nn.Module):
    """From the encoder's stream to the posterior of one level: tokens pooled by attention, then two linear maps."""

    def __init__(self, config: VariationalConfig, *, dim: int) -> None:
        super().__init__()
        self.pool = AttentionPool(config.model_dim, num_heads=config.num_heads)
        self.mean = nn.Linear(config.model_dim, dim)
        self.log_variance = nn.Linear(config.model_dim, dim)
        self.norm = MeanNorm(dim, scale=config.latent.mean_scale) if config.latent.normalize_mean else None
        nn.init.constant_(self.log_variance.bias, _INITIAL_LOG_VARIANCE)

    def forward(self, x_BTD: Tensor, is_member_BLT: Tensor) -> Posterior:
        """x_BTD -> posterior; where a place has no members it is the standard normal distribution."""
        is_real_BL = is_member_BLT.any(-1)
        pooled_BLD = self.pool(x_BTD, is_member_BLT)
        mean_BLZ, log_variance_BLZ = self.mean(pooled_BLD).float(), self.log_variance(pooled_BLD).float()
        if self.norm is not None:
            mean_BLZ = self.norm(mean_BLZ, is_real_BL)
        return Posterior(mean_BLZ * is_real_BL[..., None], log_variance_BLZ * is_real_BL[..., None], is_real_BL)


class AttentionPool(nn.Module):
    """The mean of each place's tokens, weighted by attention of a learnt query."""

    def __init__(self, model_dim: int, *, num_heads: int) -> None:
        super().__init__()
        self.query_NH = nn.Parameter(torch.randn(num_heads, model_dim // num_heads))
        self.key = nn.Linear(model_dim, model_dim, bias=False)
        self.value = nn.Linear(model_dim, model_dim, bias=False)

    def forward(self, x_BTD: Tensor, is_member_BLT: Tensor) -> Tensor:
        """x_BTD -> pooled_BLD; a place without members is the mean of all tokens."""
        k_BNTH, v_BNTH = self._heads(self.key(x_BTD)), self._heads(self.value(x_BTD))
        batch_size, num_places, _ = is_member_BLT.shape
        q_BNLH = self.query_NH[:, None].to(k_BNTH.dtype).expand(batch_size, -1, num_places, -1)
        may_look_BLT = is_member_BLT | ~is_member_BLT.any(-1, keepdim=True)
        y_BNLH = F.scaled_dot_product_attention(q_BNLH, k_BNTH, v_BNTH, attn_mask=may_look_BLT[:, None])
        return y_BNLH.transpose(1, 2).flatten(2)

    def _heads(self, x_BTD: Tensor) -> Tensor:
        return x_BTD.view(*x_BTD.shape[:2], len(self.query_NH), -1).transpose(1, 2)


class MeanNorm(nn.Module):
    """Batch normalisation to mean 0 and a fixed spread, over the real places (Zhu et al. 2020, BN-VAE)."""

    def __init__(self, dim: int, *, scale: float) -> None:
        super().__init__()
        self.scale = scale
        self.norm = nn.BatchNorm1d(dim, affine=False, eps=_TINY_VARIANCE)

    def forward(self, mean_BLZ: Tensor, is_real_BL: Tensor) -> Tensor:
        """mean_BLZ -> mean_BLZ; what is not real stays out of the statistics. In training it takes two real places:
        with one, the running statistics are used."""
        rows_RZ = mean_BLZ[is_real_BL]
        if self.training and len(rows_RZ) < 2:
            normed_RZ = F.batch_norm(rows_RZ, self.norm.running_mean, self.norm.running_var, eps=self.norm.eps)
        else:
            normed_RZ = self.norm(rows_RZ)
        return mean_BLZ.masked_scatter(is_real_BL[..., None], self.scale * normed_RZ)


class LatentConditioning(nn.Module):
    """What the decoder is told at each token: the latents of its piece, phrase and bar, and where in the bar it is; at
    first nothing."""

    def __init__(self, config: VariationalConfig) -> None:
        super().__init__()
        self.config = config.latent
        num_told = config.num_layers if config.latent.skip else 1
        self.latent = nn.Linear(config.latent.dim, config.model_dim, bias=False)
        self.place = PlaceEmbedding(config.latent.bars, config.model_dim)
        self.told = nn.ModuleList(nn.Linear(config.model_dim, config.model_dim, bias=False) for _ in range(num_told))
        for told in self.told.parameters():
            nn.init.zeros_(told)

    def forward(self, latents: Latents, places: Places) -> tuple[Tensor, ...]:
        """One vector a token (B, T, D) for each block that is told."""
        latent_BTZ = torch.cat([self._at_tokens(level, latents[level], places) for level in self.config.sizes], -1)
        x_BTD = F.silu(self.latent(latent_BTZ) + self.place(places))
        return tuple(told(x_BTD) for told in self.told)

    def _at_tokens(self, level: Level, latent_BLZ: Tensor, places: Places) -> Tensor:
        place_BT = place_of(level, places, self.config).clamp(max=latent_BLZ.shape[1] - 1)
        return latent_BLZ.gather(1, place_BT[..., None].expand(-1, -1, latent_BLZ.shape[-1]))
