import pytest
import torch

from aurl_core.models.likelihood import IGNORED, Batch
from aurl_core.models.registry import build
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.learner import seed_torch
from aurl_core.training.likelihood import LikelihoodLearner
from aurl_core.training.optimization.accumulation import parts_of

TARGETS = torch.tensor([[1, 2, 3], [4, IGNORED, IGNORED], [5, 6, IGNORED]])
BATCH = Batch(torch.ones_like(TARGETS), TARGETS)


def test_each_part_has_its_share_of_the_targets():
    shares = [(len(part.targets_BT), float(share)) for part, share in parts_of(BATCH, 2)]
    assert shares == [(2, pytest.approx(4 / 6)), (1, pytest.approx(2 / 6))]


@pytest.mark.parametrize(("number", "expected"), [(1, 1), (2, 2), (7, 3)])
def test_there_are_no_more_parts_than_rows(number, expected):
    parts = list(parts_of(BATCH, number))
    assert len(parts) == expected
    assert torch.equal(torch.cat([part.targets_BT for part, _ in parts]), TARGETS)


@pytest.fixture
def make_learner(make_recipe):
    def make(**settings) -> LikelihoodLearner:
        recipe, traits = make_recipe(dropout=0.0, **settings), TokenTraits.blank(9)
        seed_torch(1, "model")
        model = build(recipe.model, traits)
        learner = LikelihoodLearner(model, recipe.train, recipe.schedule, traits=traits, seed=1)
        learner.on_fit_start()
        plain = torch.optim.SGD([{"params": learner.model.parameters(), "factor": 1.0}])
        learner.all_optimizers = lambda: [plain]
        learner.manual_backward = lambda loss: loss.backward()
        return learner

    return make


@pytest.mark.parametrize("number", [2, 3])
def test_steps_in_parts_are_steps_of_the_whole(make_learner, number):
    """Of rows with unequally many targets."""
    whole, in_parts = make_learner(), make_learner(accumulate=number)
    for step in range(3):
        one, other = whole.learn(BATCH, step), in_parts.learn(BATCH, step)
        torch.testing.assert_close(one, other)
    for one, other in zip(whole.model.parameters(), in_parts.model.parameters(), strict=True):
        torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-6)
