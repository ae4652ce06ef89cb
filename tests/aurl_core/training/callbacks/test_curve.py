from types import SimpleNamespace

import pytest
import torch

from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.callbacks.curve import Curve
from aurl_core.training.callbacks.sampling import Sampling
from aurl_core.training.figures import Likelihood
from aurl_core.training.likelihood import LikelihoodLearner


class Data:
    def likelihood(self, split: str, nats: float) -> Likelihood:
        assert split == "validation"
        return Likelihood(nats, num_tokens=10, num_notes=5)


@pytest.fixture
def learner(make_recipe) -> LikelihoodLearner:
    recipe = make_recipe()
    made = LikelihoodLearner(None, recipe.train, recipe.schedule, traits=TokenTraits.blank(9), seed=1)
    made.interval_nats = torch.tensor([12.0, 4.0])
    return made


def trainer(leg: int) -> SimpleNamespace:
    return SimpleNamespace(current_epoch=leg, callback_metrics={"validation_nats": 20.0})


def test_points_say_where_the_model_stood(learner):
    told = []
    curve = Curve(Data(), lambda figures, tokens: told.append((tokens, figures["train_nats_per_token"])))
    curve.on_train_epoch_end(trainer(0), learner)
    curve.on_train_epoch_end(trainer(1), learner)
    assert [point["tokens"] for point in curve.points] == [512, 1024]
    assert curve.points[0]["validation_nats_per_token"] == 2.0
    assert told == [(512, 3.0), (1024, 3.0)]


def test_a_resumed_curve_goes_on(learner):
    first, resumed = (Curve(Data(), lambda figures, tokens: None) for _ in range(2))
    first.on_train_epoch_end(trainer(0), learner)
    resumed.load_state_dict(first.state_dict())
    resumed.on_train_epoch_end(trainer(1), learner)
    assert [point["tokens"] for point in resumed.points] == [512, 1024]


def test_figures_of_samples_are_part_of_the_point_and_are_told(learner):
    told, sampling = [], Sampling(lambda model, *, tokens_seen: {})
    sampling.figures = {"sample_quality": 0.5, "sample_polyphony": 0.25}
    curve = Curve(Data(), lambda figures, tokens: told.append(figures), sampling)
    curve.on_train_epoch_end(trainer(0), learner)
    assert curve.points[0]["sample_quality"] == 0.5
    assert curve.points[0]["samples"] == {"sample_polyphony": 0.25}
    assert told[0]["sample_polyphony"] == 0.25
