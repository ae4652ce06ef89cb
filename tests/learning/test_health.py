"""That a training survives what goes wrong in it: gradients are spoilt on purpose, and the run still ends well."""

from dataclasses import replace

import pytest
import torch

from aurl_core.errors import UnstableError
from aurl_core.models.params import MODEL_CONFIG
from aurl_core.training.outcome import Training
from aurl_core.training.recipe import Recipe
from aurl_core.training.trainer import fit

LATENT = {"encoder": {"num_layers": 1}, "latent": {"dim": 8, "bars": 2, "phrase_bars": 1}}
DISCRIMINATOR = {"discriminator": {"num_layers": 3, "dim": 8}}
LOSSES = {
    "transformer": {"plain_cross_entropy": 1},
    "vae": {"plain_cross_entropy": 1, "kl": 1},
    "vae_gan": {"plain_cross_entropy": 1, "kl": 1, "hinge_generator": 1, "hinge_critic": 1},
}
PARTS = {"transformer": {}, "vae": LATENT, "vae_gan": LATENT | DISCRIMINATOR}


class Spoiler:
    """A sampler that makes no music: from the first validation on it spoils the gradient of some backward passes, or
    the weights meanwhile."""

    def __init__(self, *passes: int, weights_times: float | None = None) -> None:
        self.passes = passes
        self.weights_times = weights_times
        self.done = 0

    def __call__(self, model, *, tokens_seen: int) -> None:
        if not self.done:
            weight = next(model.parameters())
            weight.register_hook(lambda gradient: self.spoilt(weight, gradient))

    def spoilt(self, weight: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        self.done += 1
        if self.done not in self.passes:
            return gradient
        if self.weights_times is None:
            return gradient * float("nan")
        weight.data.mul_(self.weights_times)
        return gradient


@pytest.fixture
def recipe(make_recipe):
    def make(mode: str = "transformer", **settings) -> Recipe:
        budget = {"budget_tokens": 16 * 1024, "validate_every_tokens": 4 * 1024}
        made = make_recipe(losses={"weights": LOSSES[mode]}, **budget | settings)
        shared = made.model.model_dump(exclude={"mode"}) | {"context_length": 256}
        return replace(made, model=MODEL_CONFIG.validate_python(shared | {"mode": mode} | PARTS[mode]))

    return make


@pytest.fixture
def train(bar_corpus, tmp_path):
    def run(recipe: Recipe, sampler: Spoiler | None, *, name: str = "a", progress=lambda *_: None) -> Training:
        folder = tmp_path / name
        return fit(recipe, bar_corpus, checkpoints=folder, cache=tmp_path / "cache", progress=progress, sampler=sampler)

    return run


@pytest.mark.parametrize("mode", ["transformer", "vae", "vae_gan"])
def test_a_gradient_that_is_no_number_sends_the_training_back(train, recipe, mode):
    training = train(recipe(mode), Spoiler(3))
    (event,) = training.health.troubles
    assert (event["step"], event["back_to_step"], event["action"]) == (6, 4, "rolled back")
    assert event["rate_scale"] == 0.5
    assert len(training.curve) == 4
    assert all(torch.isfinite(weight).all() for weight in training.model.parameters())
    assert training.curve[-1]["validation_nats_per_token"] < training.curve[0]["validation_nats_per_token"]


def test_resumed_after_it_went_back_is_undisturbed(train, recipe):
    def stop_when_due(done: int, total: int) -> None:
        if done > 3 * 4096:
            raise InterruptedError

    undisturbed = train(recipe(), Spoiler(3))
    with pytest.raises(InterruptedError):
        train(recipe(), Spoiler(3), name="b", progress=stop_when_due)
    resumed = train(recipe(), None, name="b")
    assert resumed.health.troubles == undisturbed.health.troubles
    pairs = zip(resumed.model.parameters(), undisturbed.model.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in pairs)


def test_a_training_that_always_goes_wrong_says_what_to_try(train, recipe):
    with pytest.raises(UnstableError, match=r"step 6 \(non_finite, nan\): the training went back 2 times already"):
        train(recipe(health={"max_rollbacks": 2}), Spoiler(1, 2, 3))


def test_weights_that_predict_far_worse_than_before_are_undone(train, recipe):
    health = {"window_steps": 20, "spike_steps": 2, "roll_back_on": ["loss_spike"]}
    settings = {"batch_size": 1, "budget_tokens": 64 * 256, "validate_every_tokens": 16 * 256, "health": health}
    training = train(recipe(**settings), Spoiler(20, weights_times=100.0))
    event = training.health.troubles[-1]
    assert (event["step"], event["trouble"], event["back_to_step"]) == (37, "loss_spike", 32)
    assert training.curve[-1]["validation_nats_per_token"] < training.curve[0]["validation_nats_per_token"]


def test_a_stopped_training_ends_properly_and_is_not_trained_on(train, recipe):
    """A learning rate so low that nothing improves by as much as the rule wants."""
    rule = {"metric": "validation_nats_per_token", "patience": 2, "min_delta": 100.0}
    stopping, told = {"rules": [rule], "least_share": 0.5}, []
    first = train(recipe(stopping=stopping), None)
    assert (first.tokens_seen, len(first.curve)) == (3 * 4096, 3)
    assert first.health.stopped is not None and "has not improved on" in first.health.stopped
    again = train(recipe(stopping=stopping), None, progress=lambda done, total: told.append(done))
    assert told == []
    assert (again.curve, again.health.stopped, again.likelihood) == (
        first.curve,
        first.health.stopped,
        first.likelihood,
    )


def test_a_level_curve_lowers_the_rate_down_to_a_least(train, recipe, caplog):
    plateau = {"rule": {"metric": "validation_nats_per_token", "patience": 1, "min_delta": 100.0}, "least_scale": 0.3}
    lowered = train(recipe(stopping={"plateau": plateau}), None)
    assert "validation_nats_per_token is level; from now on the learning rate is 0.5 times" in caplog.text
    assert "is 0.3 times" in caplog.text
    assert lowered.curve[:2] == train(recipe(), None, name="b").curve[:2]
    assert lowered.curve[2:] != train(recipe(), None, name="b").curve[2:]
