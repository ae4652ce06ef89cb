"""How far latents are from what is expected of them, and what they carry. Priors other than the normal live in models.

Divergences are sums over the latents of the batch in nats, a target of its decoder, so that they add up with the
reconstruction to the negative evidence lower bound a token. What has no unit of information is a mean over levels.
Shapes: B batch, L places of a level, Z latent, N real places of the batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from aurl_core.losses.outputs import LatentOutput, Level, Posterior

_KERNEL_SCALES: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_MIN_VARIANCE: Final = 1e-6


def kl(latents: LatentOutput) -> Tensor:
    """sum ½(μ² + σ² - 1 - log σ²) over all levels, places and dimensions, nats a target (Kingma and Welling 2014,
    arXiv:1312.6114)."""
    return latents.per_target(_sum_kl(latents, tuple(latents.levels)))


def kl_piece(latents: LatentOutput) -> Tensor:
    """The same of the latent of the piece alone."""
    return latents.per_target(_sum_kl(latents, ("piece",)))


def kl_phrase(latents: LatentOutput) -> Tensor:
    """The same of the latents of phrases alone."""
    return latents.per_target(_sum_kl(latents, ("phrase",)))


def kl_bar(latents: LatentOutput) -> Tensor:
    """The same of the latents of bars alone."""
    return latents.per_target(_sum_kl(latents, ("bar",)))


def kl_free_bits(latents: LatentOutput, *, free_bits: float) -> Tensor:
    """sum max(λ, KL of a dimension), nats a target: below λ a dimension is not pressed further (Kingma et al. 2016,
    arXiv:1606.04934). The KL of a dimension is its mean over the real places of the batch."""
    total = latents.num_targets.new_zeros((), dtype=torch.float32)
    for level in latents.levels.values():
        num_places = level.is_real_BL.sum().clamp(min=1)
        total = total + (level.kl_BLZ.sum((0, 1)) / num_places).clamp(min=free_bits).sum() * level.is_real_BL.sum()
    return latents.per_target(total)


def kl_capacity(latents: LatentOutput, *, capacity_nats: float) -> Tensor:
    """B · |KL of a sequence - C|, nats a target: latents that carry C nats, no more and no less (Burgess et al. 2018,
    arXiv:1804.03599)."""
    batch_size = next(iter(latents.levels.values())).mean_BLZ.shape[0]
    mean_kl = _sum_kl(latents, tuple(latents.levels)) / batch_size
    return latents.per_target((mean_kl - capacity_nats).abs() * batch_size)


def kl_prior(latents: LatentOutput) -> Tensor:
    """sum log q(z) - log p(z) of the drawn latents, nats a target: the KL to a prior of any kind, by one sample.

    May be negative by chance. Gradients reach the posterior through z and the prior through log p.
    """
    total = latents.num_targets.new_zeros((), dtype=torch.float32)
    for name, level in latents.levels.items():
        if level.prior_nats_BL is None:
            raise ValueError(f"kl_prior: the latents of the {name} came without prior_nats_BL, -log p under the prior")
        log_posterior_BL = _log_normal(level.latent_BLZ, level.mean_BLZ, level.log_variance_BLZ).sum(-1)
        total = total + ((log_posterior_BL + level.prior_nats_BL) * level.is_real_BL).sum()
    return latents.per_target(total)


def kernel_discrepancy(latents: LatentOutput) -> Tensor:
    """MMD²(q(z), N(0, 1)) by inverse multiquadratic kernels, mean over levels (Tolstikhin et al. 2018,
    arXiv:1711.01558): the latents of all places together look normal, each may be sharp.

    The normal sample is drawn from torch's global generator. Needs two places; 0 with fewer.
    """
    return _mean_over_levels(latents, _discrepancy)


def aggregate_moments(latents: LatentOutput) -> Tensor:
    """mean over dimensions of E[z]² + (Var[z] - 1)², over the batch, z drawn of all posteriors: an aggregated
    posterior of mean 0 and variance 1 (after Kumar et al. 2018, DIP-VAE, arXiv:1711.00848)."""
    return _mean_over_levels(latents, _moments)


def orthogonality(latents: LatentOutput) -> Tensor:
    """mean of the squared correlations between different dimensions of the posterior means, over the batch: from 0,
    uncorrelated, to 1 (Cogswell et al. 2016, arXiv:1511.06068, with correlations)."""
    return _mean_over_levels(latents, _correlation)


def total_correlation(latents: LatentOutput) -> Tensor:
    """KL(q(z) || prod q(z_j)), nats: dimensions that are independent of each other, q(z) the mean of the batch's
    posteriors (minibatch-weighted sampling of β-TCVAE, Chen et al. 2018, arXiv:1802.04942, without the size of the
    data set, which adds a constant). Mean over levels; needs memory for N² · Z numbers."""

    def correlated(level: Posterior) -> Tensor:
        log_pair_NNZ = _log_pairs(level)
        num_rows, _, dim = log_pair_NNZ.shape
        log_joint_N = log_pair_NNZ.sum(-1).logsumexp(1)
        log_product_N = log_pair_NNZ.logsumexp(1).sum(-1)
        return (log_joint_N - log_product_N).mean() + (dim - 1) * math.log(num_rows)

    return _mean_over_levels(latents, correlated)


def information_shortfall(latents: LatentOutput, *, information_share: float) -> Tensor:
    """mean over levels of max(0, s · log N - I), nats, where I = mean log q(z_n | x_n) - log mean_m q(z_n | x_m) is
    what latents tell of which of the N places they came from, at most log N (Hoffman and Johnson 2016, "ELBO
    surgery"; a reward as in InfoVAE, Zhao et al. 2019, arXiv:1706.02262): a guard against collapse."""

    def shortfall(level: Posterior) -> Tensor:
        log_pair_NN = _log_pairs(level).sum(-1)
        num_rows = len(log_pair_NN)
        information = (log_pair_NN.diagonal() - log_pair_NN.logsumexp(1)).mean() + math.log(num_rows)
        return (information_share * math.log(num_rows) - information).clamp(min=0)

    return _mean_over_levels(latents, shortfall)


def _sum_kl(latents: LatentOutput, names: tuple[Level, ...]) -> Tensor:
    return torch.stack([latents.levels[name].kl_BLZ.sum() for name in names]).sum()


def _mean_over_levels(latents: LatentOutput, of_level: Callable[[Posterior], Tensor]) -> Tensor:
    """The mean over the levels with at least two real places; 0 if there is none."""
    levels = [level for level in latents.levels.values() if level.is_real_BL.sum() > 1]
    if not levels:
        return _sum_kl(latents, tuple(latents.levels)) * 0
    return torch.stack([of_level(level) for level in levels]).mean()


def _log_normal(value: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """log N(value; mean, exp(log_variance)), each dimension by itself."""
    return -0.5 * ((value - mean).square() * (-log_variance).exp() + log_variance + math.log(2 * math.pi))


def _log_pairs(level: Posterior) -> Tensor:
    """(N, N, Z) log q of the latent of the first place under the posterior of the second."""
    mean_NZ, log_variance_NZ, latent_NZ = level.rows()
    return _log_normal(latent_NZ[:, None], mean_NZ[None], log_variance_NZ[None])


def _discrepancy(level: Posterior) -> Tensor:
    latent_NZ = level.rows()[2]
    normal_NZ = torch.randn_like(latent_NZ)
    num_rows, dim = latent_NZ.shape
    is_other_NN = ~torch.eye(num_rows, dtype=torch.bool, device=latent_NZ.device)

    def likeness(left_NZ: Tensor, right_NZ: Tensor) -> Tensor:
        square_NN = (left_NZ[:, None] - right_NZ[None]).square().sum(-1)
        return torch.stack([scale / (scale + square_NN / (2 * dim)) for scale in _KERNEL_SCALES]).mean(0)

    within = likeness(latent_NZ, latent_NZ)[is_other_NN] + likeness(normal_NZ, normal_NZ)[is_other_NN]
    return within.mean() - 2 * likeness(latent_NZ, normal_NZ).mean()


def _moments(level: Posterior) -> Tensor:
    mean_NZ, log_variance_NZ, _ = level.rows()
    variance_Z = log_variance_NZ.exp().mean(0) + mean_NZ.var(0, correction=0)
    return (mean_NZ.mean(0).square() + (variance_Z - 1).square()).mean()


def _correlation(level: Posterior) -> Tensor:
    mean_NZ, _, _ = level.rows()
    centred_NZ = mean_NZ - mean_NZ.mean(0)
    scaled_NZ = centred_NZ / (centred_NZ.square().sum(0) + _MIN_VARIANCE).sqrt()
    correlation_ZZ = scaled_NZ.T @ scaled_NZ
    dim = correlation_ZZ.shape[0]
    return (correlation_ZZ - correlation_ZZ.diagonal().diag()).square().sum() / max(1, dim * (dim - 1))
