import numpy as np
import pytest
import torch

from aurl_core.models.params import VAEConfig
from aurl_core.models.vae import VAE
from aurl_core.tokens.traits import TokenTraits

BAR = 4
"""Of eleven tokens; 5 to 7 are moments in a bar."""


def traits() -> TokenTraits:
    made = TokenTraits.blank(11)
    made.is_bar_V[BAR] = True
    made.position_beats_V[5:8] = np.arange(3)
    return made


def model(*, prior="normal", **settings) -> VAE:
    """A model all of whose weights are drawn, so that none that is 0 at first hides a mistake."""
    torch.manual_seed(1)
    latent = {"dim": 8, "bars": 3, "phrase_bars": 2, "prior": {"kind": prior}}
    sizes = {"num_layers": 2, "num_heads": 2, "model_dim": 16, "feedforward_dim": 24, "context_length": 24}
    made = VAE(VAEConfig(feedforward="swiglu", encoder={"num_layers": 1}, latent=latent | settings, **sizes), traits())
    for parameter in made.decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    for parameter in [*made.encoder.parameters(), *made.conditioning.told.parameters()]:
        torch.nn.init.normal_(parameter, std=0.2)
    return made.eval()


@pytest.fixture
def batch() -> torch.Tensor:
    return torch.tensor([[1, BAR, 5, 9, 6, 8, BAR, 5, 10, BAR, 7, 9], [BAR, 8, 7, 8, BAR, 5, 9, BAR, 6, 9, 0, 0]])


@torch.no_grad()
def test_given_latents_a_token_moves_no_logit_before_it(batch):
    vae = model()
    latents = vae.sample(torch.randn(2, vae.num_noise))
    before_BTV = vae.decode(batch, latents)
    for place in range(1, 12):
        for token in (BAR, 6, 9):
            changed = batch.clone()
            changed[:, place] = token
            assert torch.equal(vae.decode(changed, latents)[:, :place], before_BTV[:, :place])


@torch.no_grad()
@pytest.mark.parametrize("skip", [True, False])
def test_latents_move_the_logits_of_their_own_bars(batch, skip):
    vae = model(skip=skip)
    latents = vae.sample(torch.randn(2, vae.num_noise))
    other = dict(latents) | {"bar": latents["bar"].index_add(1, torch.tensor([1]), torch.ones(2, 1, 2))}
    is_moved_BT = (vae.decode(batch, latents) != vae.decode(batch, other)).any(-1)
    assert is_moved_BT[0].tolist() == [False] * 6 + [True] * 6


@torch.no_grad()
def test_padding_changes_no_posterior(batch):
    vae = model()
    alone, padded = vae.encode(batch[1:, :10]), vae.encode(batch)
    for level, posterior in alone.items():
        torch.testing.assert_close(posterior.mean_BLZ, padded[level].mean_BLZ[1:])
        torch.testing.assert_close(posterior.log_variance_BLZ, padded[level].log_variance_BLZ[1:])


@torch.no_grad()
def test_the_encoder_hears_what_comes_later(batch):
    vae, changed = model(), batch.clone()
    changed[0, -1] = 8
    first, second = vae.encode(batch), vae.encode(changed)
    assert not torch.equal(first["bar"].mean_BLZ[0, 0], second["bar"].mean_BLZ[0, 0])


@torch.no_grad()
def test_bars_that_a_segment_lacks_are_not_real(batch):
    posteriors = model().encode(batch[:, :6])
    assert posteriors["bar"].is_real_BL.tolist() == [[True, False, False], [True, True, False]]
    assert posteriors["phrase"].is_real_BL.tolist() == [[True, False], [True, False]]
    assert posteriors["piece"].is_real_BL.tolist() == [[True], [True]]
    assert not posteriors["bar"].log_variance_BLZ[0, 1:].any()


@torch.no_grad()
@pytest.mark.parametrize("prior", ["normal", "mixture", "flow"])
def test_steps_with_a_cache_say_what_a_whole_pass_says(batch, prior):
    vae = model(prior=prior)
    noise_BZ = torch.randn(2, vae.num_noise)
    whole_BTV = vae.decode(batch, vae.sample(noise_BZ))
    cache = vae.start_cache(2, noise_BZ)
    steps = [vae(batch[:, :3], cache=cache), *(vae(batch[:, at, None], cache=cache) for at in range(3, 12))]
    torch.testing.assert_close(torch.cat(steps, 1), whole_BTV)


@torch.no_grad()
def test_beyond_a_segment_bars_have_latents_of_their_own_and_the_piece_keeps_its():
    vae = model(dim=16)
    cache = vae.start_cache(2)
    vae(torch.full((2, 8), BAR), cache=cache)
    assert (cache.latents["bar"].shape[1], cache.latents["phrase"].shape[1]) == (9, 6)
    assert len({tuple(bar) for bar in cache.latents["bar"][0].tolist()}) == 9
    assert cache.latents["piece"].shape[1] == 1


@torch.no_grad()
def test_a_sequence_that_is_kept_goes_on_as_alone(batch):
    vae, noise_BZ = model(), torch.randn(2, model().num_noise)
    together, alone = vae.start_cache(2, noise_BZ), vae.start_cache(1, noise_BZ[1:])
    vae(batch[:, :6], cache=together), vae(batch[1:, :6], cache=alone)
    together.select(torch.tensor([False, True]))
    more_BT = torch.tensor([[BAR, BAR, BAR, 6, 9]])
    assert (together.batch_size, together.window) == (1, 24)
    torch.testing.assert_close(vae(more_BT, cache=together), vae(more_BT, cache=alone))


@torch.no_grad()
def test_hidden_words_are_hidden_while_training_alone(batch):
    vae = model(word_dropout=0.9)
    latents = vae.sample(torch.zeros(2, vae.num_noise))
    assert torch.equal(vae.decode(batch, latents), vae.decode(batch, latents))
    vae.train()
    assert not torch.equal(vae.decode(batch, latents), vae.decode(batch, latents))


@torch.no_grad()
def test_without_latents_those_of_no_noise_are_told(batch):
    vae = model()
    assert torch.equal(vae(batch), vae.decode(batch, vae.sample(torch.zeros(2, vae.num_noise))))


def test_parts_have_as_many_parameters_as_the_whole():
    vae = model()
    parts = sum(parameter.numel() for child in vae.children() for parameter in child.parameters())
    assert vae.num_parameters == parts > vae.decoder.num_parameters
