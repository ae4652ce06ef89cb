"""That a VAE learns one batch by heart, through latents that carry something."""

import pytest
import torch

from aurl_core.models.likelihood import IGNORED, Batch
from aurl_core.models.params import VAEConfig
from aurl_core.models.vae import VAE
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.params import TrainParams
from aurl_core.training.schedules import Schedule
from aurl_core.training.variational import VariationalLearner

BAR, VOCAB_SIZE, NUM_STEPS = 4, 23, 200


@pytest.fixture(scope="module")
def batch() -> Batch:
    """Sixteen segments of two bars of noise, some shorter than others."""
    ids = torch.randint(5, VOCAB_SIZE, (16, 17), generator=torch.Generator().manual_seed(2))
    ids[:, [0, 8]] = BAR
    ids[::4, 14:] = 0
    targets = torch.where(ids[:, 1:] == 0, IGNORED, ids[:, 1:])
    return Batch(ids[:, :-1], targets)


@pytest.fixture(scope="module")
def learner(batch) -> VariationalLearner:
    """Of a VAE after so many steps on the batch, with a third of what came before hidden."""
    traits = TokenTraits.blank(VOCAB_SIZE)
    traits.is_bar_V[BAR] = True
    schedule = {"kind": "trapezoid", "warmup_share": 0.05, "decay_share": 0.5}
    optimizer = {"kind": "muon", "learning_rate": 0.02, "schedule": schedule}
    params = TrainParams(
        budget_tokens=1,
        batch_size=16,
        validate_every_tokens=1,
        optimizer=optimizer,
        losses={"weights": {"plain_cross_entropy": 1.0, "kl": 1.0}},
        variational={"beta": {"kind": "constant", "end": 0.5}},
        precision="fp32",
        accelerator="cpu",
        num_threads=1,
    )
    torch.manual_seed(0)
    sizes = {"num_layers": 2, "num_heads": 2, "model_dim": 32, "feedforward_dim": 48, "context_length": 16}
    latent = {"dim": 16, "bars": 2, "phrase_bars": 2, "word_dropout": 0.3}
    vae = VAE(VAEConfig(feedforward="swiglu", encoder={"num_layers": 1}, latent=latent, **sizes), traits)
    made = VariationalLearner(vae, params, Schedule(1, 1, NUM_STEPS, 16, 16), traits=traits, seed=1)
    made.on_fit_start()
    optimizers = made.configure_optimizers()
    made.all_optimizers = lambda: optimizers
    made.manual_backward = lambda loss: loss.backward()
    for step in range(NUM_STEPS):
        made.learn(batch, step)
    return made.eval()


@torch.no_grad()
def nats(learner, batch, latents) -> float:
    """Nats a target, given latents."""
    logits = learner.vae.decode(batch.token_ids_BT, latents)
    return float(torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch.targets_BT.flatten()))


@torch.no_grad()
def means(learner, batch):
    """Of the latents of each segment, by level."""
    return {level: one.mean_BLZ for level, one in learner.vae.encode(batch.token_ids_BT).items()}


def test_one_batch_of_noise_is_learnt_by_heart(learner, batch):
    assert nats(learner, batch, means(learner, batch)) < 0.1


def test_the_decoder_listens_to_the_latents(learner, batch):
    of_another = {level: mean.roll(1, 0) for level, mean in means(learner, batch).items()}
    assert nats(learner, batch, of_another) > nats(learner, batch, means(learner, batch)) + 0.5


def test_most_units_are_active(learner, batch):
    for level, posterior in learner.vae.encode(batch.token_ids_BT).items():
        variance_Z = posterior.mean_BLZ[posterior.is_real_BL].var(0)
        assert float((variance_Z > 0.01).float().mean()) >= 0.5, level


@torch.no_grad()
def test_the_divergence_does_not_collapse(learner, batch):
    kl = learner.autoencode(batch).latents.levels
    assert all(float(level.kl_BLZ.sum()) / 16 > 1 for level in kl.values())
