import pytest
import torch

from aurl_core.models.latent import AttentionPool, LatentConditioning, MeanNorm, Posterior, membership, place_of
from aurl_core.models.latent_params import LatentConfig
from aurl_core.models.params import VAEConfig
from aurl_core.models.places import Places

CONFIG = LatentConfig(dim=8, bars=3, phrase_bars=2)


def places(*bars: int) -> Places:
    return Places(torch.tensor([bars]), torch.zeros(1, len(bars)))


def test_latents_are_drawn_with_the_mean_and_deviation_of_the_posterior():
    torch.manual_seed(1)
    shape = 20_000, 1, 2
    posterior = Posterior(torch.full(shape, 3.0), torch.full(shape, 0.5).log() * 2, torch.ones(shape[:2]) > 0)
    drawn = posterior.draw()
    assert float(drawn.mean()) == pytest.approx(3, abs=0.02)
    assert float(drawn.std()) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("level", "expected"), [("piece", [0, 0, 0, 0, 0]), ("phrase", [0, 0, 1, 2, 3]), ("bar", [0, 1, 2, 3, 5])]
)
def test_places_go_on_beyond_a_segment(level, expected):
    assert place_of(level, places(0, 1, 2, 3, 5), CONFIG).tolist() == [expected]


def test_padding_belongs_nowhere_and_late_bars_to_the_last():
    is_real_BT = torch.tensor([[True, True, True, True, False]])
    found_BLT = membership("bar", places(0, 1, 1, 7, 2), is_real_BT, CONFIG)
    assert found_BLT[0].int().tolist() == [[1, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 0]]


def test_pooling_hears_members_alone():
    torch.manual_seed(1)
    pool = AttentionPool(8, num_heads=2)
    torch.nn.init.normal_(pool.query_NH)
    x_BTD, is_member_BLT = torch.randn(1, 5, 8), torch.tensor([[[True, True, False, False, False], [False] * 5]])
    changed_BTD = x_BTD.clone()
    changed_BTD[:, 2:] += 1
    first, second = pool(x_BTD, is_member_BLT), pool(changed_BTD, is_member_BLT)
    assert torch.equal(first[:, 0], second[:, 0])
    assert not torch.equal(first[:, 1], second[:, 1])
    assert first.isfinite().all()


def test_means_are_spread_as_they_shall_over_real_places():
    torch.manual_seed(1)
    norm, is_real_BL = MeanNorm(4, scale=0.7), torch.rand(50, 3) < 0.5
    normed_RZ = norm(5 + 3 * torch.randn(50, 3, 4), is_real_BL)[is_real_BL]
    torch.testing.assert_close(normed_RZ.mean(0), torch.zeros(4), atol=1e-5, rtol=0)
    torch.testing.assert_close(normed_RZ.std(0, correction=0), torch.full((4,), 0.7), atol=1e-3, rtol=0)


def test_of_a_single_place_the_running_statistics_are_taken():
    norm, mean_BLZ = MeanNorm(2, scale=1.0), torch.tensor([[[3.0, 4.0]]])
    torch.testing.assert_close(norm(mean_BLZ, torch.tensor([[True]])), mean_BLZ, atol=1e-4, rtol=0)


@pytest.mark.parametrize(("skip", "num_told"), [(True, 3), (False, 1)])
def test_the_decoder_is_told_at_each_block_or_the_first(skip, num_told):
    sizes = {"num_layers": 3, "num_heads": 1, "model_dim": 8, "feedforward_dim": 8, "context_length": 8}
    latent = CONFIG.model_dump() | {"skip": skip}
    told = LatentConditioning(VAEConfig(feedforward="gelu", encoder={"num_layers": 1}, latent=latent, **sizes))
    for parameter in told.told.parameters():
        torch.nn.init.normal_(parameter)
    latents = {level: torch.randn(1, size.num_places, size.dim) for level, size in CONFIG.sizes.items()}
    made = told(latents, places(0, 0, 1, 2, 4))
    assert [tuple(one.shape) for one in made] == [(1, 5, 8)] * num_told
    assert torch.equal(made[0][0, 0], made[0][0, 1])
    assert not torch.equal(made[0][0, 1], made[0][0, 2])
