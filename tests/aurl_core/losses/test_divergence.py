import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from aurl_core.losses import divergence
from aurl_core.losses.outputs import LatentOutput, Posterior
from tests.aurl_core.losses.cases import latents, noise


def one_level(mean_NZ, log_variance_NZ, latent_NZ=None, *, num_targets=1) -> LatentOutput:
    """A latent of the piece for each of N sequences."""
    drawn_NZ = mean_NZ if latent_NZ is None else latent_NZ
    level = Posterior(mean_NZ[:, None], log_variance_NZ[:, None], drawn_NZ[:, None], torch.ones(len(mean_NZ), 1).bool())
    return LatentOutput({"piece": level}, torch.tensor(num_targets))


MEAN, LOG_VARIANCE = noise(1, 6, 3), noise(2, 6, 3)


def test_kl_is_torchs():
    expected = kl_divergence(Normal(MEAN, (0.5 * LOG_VARIANCE).exp()), Normal(0, 1)).sum() / 7
    torch.testing.assert_close(divergence.kl(one_level(MEAN, LOG_VARIANCE, num_targets=7)), expected)


def test_levels_add_up():
    output = latents().make(*latents().free)
    parts = sum(loss(output) for loss in (divergence.kl_piece, divergence.kl_phrase, divergence.kl_bar))
    torch.testing.assert_close(divergence.kl(output), parts)


def test_what_is_not_real_does_not_count():
    case = latents()
    moved = [tensor.clone() for tensor in case.free]
    moved[4][0, 3], moved[5][0, 3] = 9, 3
    for loss in (divergence.kl, divergence.aggregate_moments, divergence.orthogonality):
        assert loss(case.make(*moved)) == loss(case.make(*case.free))


def test_free_bits_are_free():
    collapsed = one_level(torch.zeros(4, 3), torch.zeros(4, 3), num_targets=2)
    assert divergence.kl_free_bits(collapsed, free_bits=0.5).item() == pytest.approx(0.5 * 3 * 4 / 2)
    exact = one_level(MEAN, LOG_VARIANCE)
    torch.testing.assert_close(divergence.kl_free_bits(exact, free_bits=0), divergence.kl(exact), check_dtype=False)


def test_free_bits_leave_a_collapsed_latent_alone():
    mean = torch.full((4, 3), 0.1, requires_grad=True)
    divergence.kl_free_bits(one_level(mean, torch.zeros(4, 3)), free_bits=0.5).backward()
    assert not mean.grad.any()


@pytest.mark.parametrize(("capacity", "missed"), [(0, 2), (2, 0), (5, 3)])
def test_capacity(capacity, missed):
    mean = torch.full((3, 1), 2.0)
    loss = divergence.kl_capacity(one_level(mean, torch.zeros(3, 1), num_targets=6), capacity_nats=capacity)
    assert loss.item() == pytest.approx(missed * 3 / 6)


def test_by_many_samples_the_kl_to_a_normal_prior_is_the_exact_one():
    torch.manual_seed(0)
    mean, log_variance = MEAN.repeat(4000, 1), LOG_VARIANCE.repeat(4000, 1)
    latent = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
    prior_nats = -Normal(0, 1).log_prob(latent).sum(-1)
    level = one_level(mean, log_variance, latent).levels["piece"]
    known = Posterior(level.mean_BLZ, level.log_variance_BLZ, level.latent_BLZ, level.is_real_BL, prior_nats[:, None])
    sampled = divergence.kl_prior(LatentOutput({"piece": known}, torch.tensor(4000)))
    assert sampled.item() == pytest.approx(divergence.kl(one_level(MEAN, LOG_VARIANCE)).item(), rel=0.02)


def test_a_prior_that_said_nothing_is_an_error():
    with pytest.raises(ValueError, match="latents of the piece came without prior_nats_BL"):
        divergence.kl_prior(one_level(MEAN, LOG_VARIANCE))


def test_a_normal_sample_is_not_discrepant_and_a_moved_one_is():
    torch.manual_seed(0)
    sample = noise(3, 200, 2)
    near = divergence.kernel_discrepancy(one_level(sample, sample))
    far = divergence.kernel_discrepancy(one_level(sample, sample, sample + 2))
    assert abs(near.item()) < 0.03 < 0.3 < far.item()


def test_moments_of_the_aggregate():
    mean = torch.tensor([[1.0], [-1.0]])
    narrow, wide = torch.full((2, 1), -200.0), torch.zeros(2, 1)
    assert divergence.aggregate_moments(one_level(mean, narrow)).item() == pytest.approx(0)
    assert divergence.aggregate_moments(one_level(mean + 2, wide)).item() == pytest.approx(4 + 1)


def test_dimensions_that_are_copies_are_fully_correlated():
    column = noise(4, 50, 1)
    copies = one_level(torch.cat([column, -2 * column], 1), torch.zeros(50, 2).double())
    assert divergence.orthogonality(copies).item() == pytest.approx(1, abs=1e-3)
    signs = torch.tensor([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    assert divergence.orthogonality(one_level(signs, torch.zeros(4, 2))).item() == pytest.approx(0)


def test_total_correlation_of_copies_and_of_independent_dimensions():
    sharp = torch.full((4, 2), -12.0)
    corners = torch.tensor([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    assert divergence.total_correlation(one_level(corners, sharp)).item() == pytest.approx(0, abs=1e-4)
    copies = torch.arange(4.0)[:, None].repeat(1, 2)
    assert divergence.total_correlation(one_level(copies, sharp)).item() == pytest.approx(math.log(4), abs=1e-4)


def test_information_that_latents_lack():
    sharp, flat = torch.full((4, 1), -12.0), torch.zeros(4, 1)
    told = one_level(torch.arange(4.0)[:, None], sharp)
    assert divergence.information_shortfall(told, information_share=0.9) == 0
    collapsed = one_level(flat, flat)
    loss = divergence.information_shortfall(collapsed, information_share=0.9)
    assert loss.item() == pytest.approx(0.9 * math.log(4))


@pytest.mark.parametrize(
    "loss",
    [
        divergence.kernel_discrepancy,
        divergence.aggregate_moments,
        divergence.orthogonality,
        divergence.total_correlation,
    ],
)
def test_a_single_place_has_no_spread(loss):
    assert loss(one_level(MEAN[:1], LOG_VARIANCE[:1])) == 0


def test_half_precision_is_widened():
    loss = divergence.kl(one_level(MEAN.bfloat16(), LOG_VARIANCE.bfloat16()))
    expected = divergence.kl(one_level(MEAN.bfloat16().float(), LOG_VARIANCE.bfloat16().float()))
    assert loss.dtype == torch.float32
    assert loss == expected


def test_it_is_a_mean_over_the_batch():
    once, twice = (
        one_level(MEAN, LOG_VARIANCE, num_targets=5),
        one_level(MEAN.repeat(2, 1), LOG_VARIANCE.repeat(2, 1), num_targets=10),
    )
    torch.testing.assert_close(divergence.kl(twice), divergence.kl(once))
    capacity = divergence.kl_capacity(once, capacity_nats=3)
    torch.testing.assert_close(divergence.kl_capacity(twice, capacity_nats=3), capacity)
    free = divergence.kl_free_bits(once, free_bits=0.4)
    torch.testing.assert_close(divergence.kl_free_bits(twice, free_bits=0.4), free)
