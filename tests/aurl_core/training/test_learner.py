import math

import pytest
import torch

from aurl_core.losses.params import LossParams
from aurl_core.models.likelihood import IGNORED, Batch
from aurl_core.models.registry import build
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.learner import seed_torch
from aurl_core.training.likelihood import LikelihoodLearner

TARGETS = torch.tensor([[3, IGNORED, 4], [IGNORED, 1, IGNORED]])


@pytest.fixture
def learner(make_recipe) -> LikelihoodLearner:
    recipe, traits = make_recipe(), TokenTraits.blank(9)
    seed_torch(recipe.seed, "model")
    built = LikelihoodLearner(
        build(recipe.model, traits), recipe.train, recipe.schedule, traits=traits, seed=recipe.seed
    )
    built.logged = {}
    built.log = lambda name, value, **_: built.logged.update({name: value.item()})
    return built


def test_validation_sums_nats_over_what_is_to_be_predicted(learner):
    torch.nn.init.zeros_(learner.model.embedding.table.weight)
    learner.validation_step(Batch(torch.ones_like(TARGETS), TARGETS), 0)
    learner.test_step(Batch(torch.ones_like(TARGETS), TARGETS), 0)
    expected = pytest.approx(3 * math.log(9), rel=1e-6)
    assert learner.logged == {"validation_nats": expected, "test_nats": expected}


@pytest.mark.parametrize("kind", ["muon", "adamw"])
def test_the_optimizers_are_those_of_the_settings(learner, kind, make_recipe):
    learner.params = make_recipe(optimizer={"kind": kind, "learning_rate": 0.01}).train
    assert len(learner.configure_optimizers()) == {"muon": 2, "adamw": 1}[kind]


def test_learnt_weights_of_losses_are_stepped_too(make_recipe):
    losses = LossParams(weights={"plain_cross_entropy": 1, "voice_leading": 1}, balance="uncertainty")
    recipe, traits = make_recipe(losses=losses), TokenTraits.blank(9)
    learner = LikelihoodLearner(build(recipe.model, traits), recipe.train, recipe.schedule, traits=traits, seed=1)
    stepped = {id(p) for one in learner.configure_optimizers() for group in one.param_groups for p in group["params"]}
    assert {id(p) for p in learner.objective.balance.log_variances.values()} <= stepped


def test_a_seed_a_use_and_a_number_fix_torchs_draws():
    def drawn(*use):
        seed_torch(*use)
        return torch.rand(4).tolist()

    assert drawn(1, "step", 3) == drawn(1, "step", 3)
    assert len({str(drawn(*use)) for use in [(1, "step", 3), (2, "step", 3), (1, "model", 3), (1, "step", 4)]}) == 4
