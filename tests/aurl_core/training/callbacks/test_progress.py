from types import SimpleNamespace

from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.callbacks.progress import Progress
from aurl_core.training.likelihood import LikelihoodLearner


def test_tokens_are_counted_across_intervals(make_recipe):
    recipe, told = make_recipe(), []
    learner = LikelihoodLearner(None, recipe.train, recipe.schedule, traits=TokenTraits.blank(9), seed=1)
    callback, trainer = Progress(lambda done, total: told.append((done, total))), SimpleNamespace(current_epoch=1)
    callback.on_train_epoch_start(trainer, learner)
    callback.on_train_batch_end(trainer, learner, None, None, 0)
    assert told == [(512, 1024), (640, 1024)]
