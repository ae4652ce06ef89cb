import math

import numpy as np
import pytest
import torch

from aurl_core.models.likelihood import IGNORED, Batch
from aurl_core.models.params import VAEConfig
from aurl_core.models.vae import VAE
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.variational import VariationalLearner

BATCH = Batch(
    torch.tensor([[4, 5, 6, 4, 7], [4, 8, 8, 0, 0]]),
    torch.tensor([[5, 6, 4, 7, 2], [8, 8, 2, IGNORED, IGNORED]]),
)


@pytest.fixture
def make_learner(make_recipe):
    def make(*, prior="normal", weights=None, **settings) -> VariationalLearner:
        weights = weights or {"plain_cross_entropy": 1.0, "kl" if prior == "normal" else "kl_prior": 1.0}
        recipe, traits = make_recipe(losses={"weights": weights}, **settings), TokenTraits.blank(9)
        traits.is_bar_V[4] = True
        sizes = recipe.model.model_dump(exclude={"mode"})
        latent = {"dim": 8, "bars": 2, "phrase_bars": 2, "prior": {"kind": prior}, "word_dropout": 0.0}
        torch.manual_seed(1)
        vae = VAE(VAEConfig(encoder={"num_layers": 1}, latent=latent, **sizes), traits)
        learner = VariationalLearner(vae, recipe.train, recipe.schedule, traits=traits, seed=1)
        learner.on_fit_start()
        optimizers = learner.configure_optimizers()
        learner.all_optimizers = lambda: optimizers
        learner.manual_backward = lambda loss: loss.backward()
        return learner

    return make


@pytest.mark.parametrize("prior", ["normal", "mixture", "flow"])
@torch.no_grad()
def test_the_nats_of_a_batch_are_reconstruction_and_divergence(make_learner, prior):
    """With latents that are certain of what the prior expects least surprised: worked out level by level."""
    learner = make_learner(prior=prior).eval()
    torch.manual_seed(5)
    total = float(learner.nats(BATCH))
    torch.manual_seed(5)
    posteriors = learner.vae.encode(BATCH.token_ids_BT)
    latents = {level: posterior.draw() for level, posterior in posteriors.items()}
    logits = learner.vae.decode(BATCH.token_ids_BT, latents)
    expected = float(
        torch.nn.functional.cross_entropy(logits.flatten(0, 1), BATCH.targets_BT.flatten(), reduction="sum")
    )
    for level, one in posteriors.items():
        normal = torch.distributions.Normal(one.mean_BLZ, (one.log_variance_BLZ / 2).exp())
        if prior == "normal":
            divergence_BL = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0, 1)).sum(-1)
        else:
            log_q_BL = normal.log_prob(latents[level]).sum(-1)
            divergence_BL = log_q_BL + learner.vae.prior.nats(latents)[level]
        expected += float(divergence_BL[one.is_real_BL].sum())
    assert total == pytest.approx(expected, rel=1e-4)


def test_a_step_weighs_the_divergence_by_beta(make_learner):
    beta = {"kind": "linear", "start": 0.25, "end": 0.75, "share": 1.0}
    learner = make_learner(variational={"beta": beta})
    learner.learn(BATCH, 0)
    learner.learn(BATCH, learner.schedule.num_steps // 2)
    assert [learner.beta(step) for step in (0, learner.schedule.num_steps // 2)] == pytest.approx([0.25, 0.5])


def test_steps_teach_encoder_decoder_and_a_learnt_prior(make_learner):
    learner = make_learner(prior="flow")
    before = {name: weight.clone() for name, weight in learner.vae.named_parameters()}
    for step in range(3):
        learner.learn(BATCH, step)
    moved = {name for name, weight in learner.vae.named_parameters() if not torch.equal(weight, before[name])}
    for part in ("encoder.", "decoder.", "heads.", "prior.", "conditioning."):
        assert any(name.startswith(part) for name in moved)


def test_an_adaptive_beta_rises_while_latents_carry_too_much(make_learner):
    learner = make_learner(variational={"beta": {"kind": "adaptive", "target_nats": 1e-3, "start": 0.5}})
    learner.learn(BATCH, 0)
    assert learner.beta(1) > 0.5


def test_a_latent_that_says_nothing_costs_nothing(make_learner):
    learner = make_learner().eval()
    for head in learner.vae.heads.values():
        for layer in (head.mean, head.log_variance):
            torch.nn.init.zeros_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
    torch.nn.init.zeros_(learner.vae.decoder.embedding.table.weight)
    with torch.no_grad():
        assert float(learner.nats(BATCH)) == pytest.approx(8 * math.log(9), rel=1e-5)


def test_targets_are_what_is_predicted(make_learner):
    _, predicted = make_learner().loss(BATCH, 0)
    assert np.array_equal(predicted.targets_BT, BATCH.targets_BT)
    assert int(predicted.is_scored_BT.sum()) == 8
