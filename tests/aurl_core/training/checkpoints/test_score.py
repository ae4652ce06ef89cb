import math

import pytest
from pydantic import ValidationError

from aurl_core.training.checkpoints.params import ScoreParams
from aurl_core.training.checkpoints.score import score

FIGURES = {"validation_nats_per_token": math.log(4), "sample_quality": 0.75}


def test_likelihood_alone_is_one_over_perplexity():
    assert score(FIGURES, ScoreParams()) == pytest.approx(0.25)


def test_weights_are_relative():
    one = score(FIGURES, ScoreParams(likelihood=1, quality=1))
    assert one == pytest.approx(score(FIGURES, ScoreParams(likelihood=5, quality=5))) == pytest.approx(0.5)


def test_quality_can_turn_the_order():
    likely, musical = FIGURES, {"validation_nats_per_token": math.log(5), "sample_quality": 0.9}
    assert score(likely, ScoreParams()) > score(musical, ScoreParams())
    assert score(likely, ScoreParams(quality=1)) < score(musical, ScoreParams(quality=1))


@pytest.mark.parametrize("figures", [{}, {"sample_quality": 1.0}, {"validation_nats_per_token": math.nan}])
def test_what_was_not_measured_has_no_score(figures):
    assert score(figures, ScoreParams()) is None


def test_something_has_to_count():
    with pytest.raises(ValidationError, match="weigh one of them"):
        ScoreParams(likelihood=0)
