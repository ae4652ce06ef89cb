import math
from dataclasses import replace

import pytest
import torch

from aurl_core.errors import SettingError
from aurl_core.models.params import VAEConfig
from aurl_core.models.vae import VAE
from aurl_core.training.outcome import Training
from aurl_core.training.trainer import fit


@pytest.fixture
def train(small_corpus, tmp_path):
    def run(recipe, **sinks) -> Training:
        sinks = {"progress": lambda done, total: None} | sinks
        return fit(
            recipe, small_corpus, checkpoints=tmp_path / recipe.key(small_corpus), cache=tmp_path / "cache", **sinks
        )

    return run


def test_a_run_tells_how_far_and_how_well_it_is(train, make_recipe):
    far, well, heard = [], [], []
    training = train(
        make_recipe(),
        progress=lambda done, total: far.append((done, total)),
        metrics=lambda figures, tokens: well.append((tokens, *figures)),
        sampler=lambda model, *, tokens_seen: heard.append(tokens_seen) or {},
    )
    assert far[0] == (0, 1024)
    assert far[-1] == (1024, 1024)
    assert [point["tokens"] for point in training.curve] == heard == [512, 1024]
    assert [told[0] for told in well if "validation_bits_per_note" in told] == [512, 1024]
    assert [told[0] for told in well if "gradient_norm_max" in told] == [512, 1024]
    assert training.tokens_seen == 1024
    assert not training.model.training


def test_figures_are_flat_and_agree_with_the_curve(train, make_recipe):
    training = train(make_recipe())
    figures, last = training.figures(), training.curve[-1]
    assert figures["validation_nats_per_token"] == pytest.approx(last["validation_nats_per_token"])
    assert figures["validation_bits_per_note"] == pytest.approx(last["validation_bits_per_note"])
    assert figures["test_perplexity"] == pytest.approx(math.exp(figures["test_nats_per_token"]))
    assert figures["bigram_test_nats_per_token"] < math.log(774)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_coarse_arithmetic_learns_about_the_same(train, make_recipe, precision):
    exact, coarse = (train(make_recipe(precision=one)).curve[-1] for one in ("fp32", precision))
    assert coarse != exact
    assert coarse["validation_nats_per_token"] == pytest.approx(exact["validation_nats_per_token"], rel=0.02)


@pytest.mark.parametrize(
    "settings",
    [
        {"averaging": {"kind": "ema", "decay": 0.5, "ramp": 1}},
        {"optimizer": {"kind": "schedule_free", "learning_rate": 0.01}},
    ],
    ids=["ema", "schedule_free"],
)
def test_means_are_measured_heard_and_kept_while_other_weights_learn(train, make_recipe, settings):
    heard = []

    def keep(model, *, tokens_seen: int) -> None:
        heard.append(model.norm.weight.clone())

    training = train(make_recipe(validate_every_tokens=512, **settings), sampler=keep)
    rarely = train(make_recipe(validate_every_tokens=1024, checkpoints={"every_tokens": 512}, **settings))
    weights = training.model.state_dict()
    assert torch.equal(heard[-1], training.model.norm.weight)
    assert training.curve[-1]["validation_nats_per_token"] == pytest.approx(
        training.likelihood["validation"].nats_per_token, rel=1e-6
    )
    assert all(torch.equal(weight, weights[name]) for name, weight in rarely.model.state_dict().items())


def test_the_best_of_means_is_the_mean_that_was_best(train, make_recipe):
    best = train(make_recipe(averaging={"kind": "ema"}, validate_every_tokens=256, checkpoints={"use": "best"}))
    nats = [point["validation_nats_per_token"] for point in best.curve]
    assert best.likelihood["validation"].nats_per_token == pytest.approx(min(nats))


def test_a_mean_is_another_model_than_the_last_weights(train, make_recipe):
    mean, last = (train(make_recipe(averaging={"kind": kind})).model for kind in ("ema", "none"))
    assert not torch.equal(mean.norm.weight, last.norm.weight)


def test_the_loss_is_surveyed_around_the_trained_weights(train, make_recipe):
    training = train(make_recipe(landscape_points=3))
    assert training.landscape.loss_AB.shape == (3, 3)
    assert training.landscape.loss_AB.argmin() == 4
    assert training.losses.values.keys() == {"plain_cross_entropy"}


def test_a_vae_is_fitted_to_segments_and_told_by_its_bound(bar_corpus, make_recipe, tmp_path):
    recipe = make_recipe(losses={"weights": {"plain_cross_entropy": 1.0, "kl": 1.0}}, budget_tokens=8192)
    settings = recipe.model.model_dump(exclude={"mode"}) | {"encoder": {"num_layers": 1}, "context_length": 256}
    vae = VAEConfig(**settings, latent={"dim": 8, "bars": 2, "phrase_bars": 1})
    training = fit(
        replace(recipe, model=vae),
        bar_corpus,
        checkpoints=tmp_path / "checkpoints",
        cache=tmp_path / "cache",
        progress=lambda done, total: None,
    )
    assert isinstance(training.model, VAE)
    assert training.likelihood["test"].nats_per_token < math.log(training.model.vocab_size)
    assert set(training.losses.values) == {"plain_cross_entropy", "kl"}


def test_a_device_that_is_not_there_is_said(train, make_recipe):
    absent = "cuda" if torch.backends.mps.is_available() else "mps"
    with pytest.raises(SettingError, match=rf"train\.accelerator '{absent}' cannot be used here"):
        train(make_recipe(accelerator=absent))


def test_the_key_depends_on_every_section(make_recipe, small_corpus):
    recipes = [make_recipe(), make_recipe(seed=8), make_recipe(dropout=0.2), make_recipe(batch_size=2)]
    assert len({recipe.key(small_corpus) for recipe in recipes}) == 4
    assert make_recipe().key(small_corpus) == recipes[0].key(small_corpus)


def test_how_states_are_kept_makes_no_other_run(make_recipe, small_corpus):
    keeping = {"keep_last": 5, "keep_best": 2, "keep_every_tokens": 512, "compression": "zstd", "use": "best"}
    recipes = [make_recipe(), make_recipe(checkpoints=keeping), make_recipe(checkpoints={"every_tokens": 64})]
    assert [recipe.key(small_corpus) == recipes[0].key(small_corpus) for recipe in recipes] == [True, True, False]


def test_the_best_weights_become_the_model_if_asked_for_even_afterwards(train, make_recipe):
    """The learning rate rises until nothing that was learnt is left."""
    schedule = {"kind": "trapezoid", "warmup_share": 1.0, "decay_share": 0}
    ruined = {"optimizer": {"kind": "adamw", "learning_rate": 3.0, "schedule": schedule}}
    last = train(make_recipe(**ruined, validate_every_tokens=128))
    best = train(make_recipe(**ruined, validate_every_tokens=128, checkpoints={"use": "best"}))
    nats = [point["validation_nats_per_token"] for point in best.curve]
    assert best.curve == last.curve
    assert best.likelihood["validation"].nats_per_token == pytest.approx(min(nats))
    assert last.likelihood["validation"].nats_per_token == pytest.approx(nats[-1])
    assert min(nats) < nats[-1] - 1
