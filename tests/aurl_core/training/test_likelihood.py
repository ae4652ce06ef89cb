import pytest
from pytorch_lightning import Trainer
from torch.utils.data import DataLoader

from aurl_core.losses.params import LossParams
from aurl_core.models.likelihood import Window, collate
from aurl_core.models.registry import build
from aurl_core.random_streams import stream
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.learner import seed_torch
from aurl_core.training.likelihood import LikelihoodLearner


def learnt(recipe, *, num_rounds: int) -> LikelihoodLearner:
    """A learner after some rounds over four windows of noise."""
    traits = TokenTraits.blank(9)
    seed_torch(recipe.seed, "model")
    learner = LikelihoodLearner(
        build(recipe.model, traits), recipe.train, recipe.schedule, traits=traits, seed=recipe.seed
    )
    noise = [stream(5, "noise", row).integers(9, size=17) for row in range(4)]
    windows = DataLoader([Window(ids[:-1], ids[1:]) for ids in noise], 4, collate_fn=collate)
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = Trainer(
        accelerator="cpu", max_epochs=num_rounds, enable_model_summary=False, num_sanity_val_steps=0, **quiet
    )
    trainer.fit(learner, windows, windows)
    return learner


@pytest.mark.filterwarnings("ignore:.*does not have many workers", "ignore:.*LeafSpec.* is deprecated")
def test_learning_lowers_every_loss_that_is_on(make_recipe):
    losses = LossParams(weights={"plain_cross_entropy": 1.0, "focal": 0.5}, balance="equal")
    learner = learnt(make_recipe(dropout=0.0, losses=losses, budget_tokens=4096), num_rounds=8)
    for values in learner.objective.history.values.values():
        assert len(values) == 8
        assert values[-1] < values[0]
