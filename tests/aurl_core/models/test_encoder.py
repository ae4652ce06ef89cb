import torch

from aurl_core.models.encoder import Encoder
from aurl_core.models.params import VAEConfig


def encoder(**settings) -> Encoder:
    sizes = {"num_layers": 1, "num_heads": 2, "model_dim": 16, "feedforward_dim": 16, "context_length": 8}
    latent = {"dim": 8, "bars": 4}
    torch.manual_seed(1)
    made = Encoder(VAEConfig(feedforward="gelu", encoder={"num_layers": 3}, latent=latent, **sizes | settings))
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return made


@torch.no_grad()
def test_each_token_hears_all_that_are_real():
    x_BTD, is_real_BT = torch.randn(1, 6, 16), torch.tensor([[True] * 5 + [False]])
    first = encoder()(x_BTD, is_real_BT)[-1]
    for place, is_heard in ((0, True), (4, True), (5, False)):
        changed_BTD = x_BTD.clone()
        changed_BTD[:, place] += 1
        others = [at for at in range(5) if at != place]
        assert torch.equal(encoder()(changed_BTD, is_real_BT)[-1][:, others], first[:, others]) != is_heard


@torch.no_grad()
def test_every_block_is_heard_of_and_last_their_norm():
    made = encoder()(torch.randn(2, 6, 16), torch.ones(2, 6, dtype=torch.bool))
    assert [tuple(one.shape) for one in made] == [(2, 6, 16)] * 4
    assert torch.equal(encoder().norm(made[-2]), made[-1])


@torch.no_grad()
def test_distances_count_and_not_where_one_is():
    """Rotary positions: the same tokens further on, after padding, come out the same."""
    x_BTD, padding = torch.randn(1, 4, 16), torch.zeros(1, 3, 16)
    alone = encoder()(x_BTD, torch.ones(1, 4, dtype=torch.bool))[-1]
    later = encoder()(torch.cat([padding, x_BTD], 1), torch.tensor([[False] * 3 + [True] * 4]))[-1][:, 3:]
    torch.testing.assert_close(alone, later, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(alone, encoder()(x_BTD.flip(1), torch.ones(1, 4, dtype=torch.bool))[-1].flip(1))
