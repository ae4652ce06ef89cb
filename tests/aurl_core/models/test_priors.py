import pytest
import torch

from aurl_core.models.latent_params import FlowPriorConfig, LatentConfig, MixturePriorConfig, NormalPriorConfig
from aurl_core.models.priors import SegmentPrior, build_prior

CONFIGS = [NormalPriorConfig(), MixturePriorConfig(num_components=3), FlowPriorConfig(num_transforms=2, hidden_dim=8)]


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(3)


def bent(config, dim: int):
    """A prior of drawn weights: not the normal that it may be at first."""
    prior = build_prior(dim, config)
    for parameter in prior.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return prior


def test_a_normal_latent_is_as_likely_as_torch_says():
    latent_BLZ = torch.randn(2, 3, 4)
    expected_BL = -torch.distributions.Normal(0, 1).log_prob(latent_BLZ).sum(-1)
    torch.testing.assert_close(build_prior(4, NormalPriorConfig()).nats(latent_BLZ), expected_BL)


@torch.no_grad()
@pytest.mark.parametrize("config", CONFIGS)
def test_a_density_of_two_numbers_integrates_to_one(config):
    axis = torch.linspace(-9, 9, 361)
    grid_BLZ = torch.cartesian_prod(axis, axis)[None]
    total = (-bent(config, 2).nats(grid_BLZ)).exp().sum() * 0.05**2
    assert float(total) == pytest.approx(1, abs=2e-3)


@torch.no_grad()
@pytest.mark.parametrize("config", CONFIGS)
def test_what_is_drawn_is_as_frequent_as_it_is_likely(config):
    prior = bent(config, 2)
    drawn_NZ = prior.draw(torch.randn(40_000, 1, prior.num_noise))[:, 0]
    axis = torch.linspace(-9, 9, 181)
    grid_MZ = torch.cartesian_prod(axis, axis)
    mass_M = (-prior.nats(grid_MZ[None])[0]).exp() * 0.1**2
    torch.testing.assert_close(drawn_NZ.mean(0), mass_M @ grid_MZ, atol=0.04, rtol=0)
    torch.testing.assert_close(drawn_NZ.square().mean(0), mass_M @ grid_MZ.square(), atol=0.1, rtol=0.05)


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("dim", [1, 5])
def test_any_number_of_dimensions_has_as_many_gradients(config, dim):
    prior = build_prior(dim, config)
    latent_BLZ = torch.randn(2, 3, dim, requires_grad=True)
    prior.nats(latent_BLZ).sum().backward()
    assert latent_BLZ.grad.abs().sum(-1).min() > 0
    assert prior.draw(torch.randn(2, 3, prior.num_noise)).shape == (2, 3, dim)


def test_a_segment_has_noise_for_every_place():
    prior = SegmentPrior(LatentConfig(dim=16, bars=6, prior=MixturePriorConfig()))
    assert prior.num_noise == (8 + 1) + 2 * (4 + 1) + 6 * (4 + 1)
    latents = prior.draw(torch.randn(3, prior.num_noise))
    assert {level: tuple(latent.shape) for level, latent in latents.items()} == {
        "piece": (3, 1, 8),
        "phrase": (3, 2, 4),
        "bar": (3, 6, 4),
    }
    assert {level: tuple(nats.shape) for level, nats in prior.nats(latents).items()} == {
        "piece": (3, 1),
        "phrase": (3, 2),
        "bar": (3, 6),
    }
