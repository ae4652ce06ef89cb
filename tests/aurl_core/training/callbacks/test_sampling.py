from types import SimpleNamespace

from aurl_core.models.registry import build
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.callbacks.sampling import Sampling
from aurl_core.training.likelihood import LikelihoodLearner


def test_the_sampler_gets_the_model_ready_to_predict(make_recipe):
    recipe, seen = make_recipe(), []
    traits = TokenTraits.blank(9)
    learner = LikelihoodLearner(build(recipe.model, traits), recipe.train, recipe.schedule, traits=traits, seed=1)
    learner.train()
    figures = {"sample_quality": 0.5}
    callback = Sampling(lambda model, *, tokens_seen: seen.append((model.training, tokens_seen)) or figures)
    callback.on_train_epoch_end(SimpleNamespace(current_epoch=0), learner)
    assert seen == [(False, 512)]
    assert callback.figures == figures
    assert learner.model.training
