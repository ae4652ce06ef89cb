from types import SimpleNamespace

from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.callbacks.interval import IntervalCallback
from aurl_core.training.likelihood import LikelihoodLearner


class Ends(IntervalCallback):
    def __init__(self) -> None:
        self.seen = []

    def on_interval_end(self, trainer, learner, *, tokens_seen) -> None:
        self.seen.append(tokens_seen)


def test_it_acts_at_the_last_leg_of_each_interval(make_recipe):
    recipe, ends = make_recipe(checkpoints={"every_tokens": 256}), Ends()
    learner = LikelihoodLearner(None, recipe.train, recipe.schedule, traits=TokenTraits.blank(9), seed=1)
    for leg in range(4):
        ends.on_train_epoch_end(SimpleNamespace(current_epoch=leg), learner)
    assert ends.seen == [512, 1024]
