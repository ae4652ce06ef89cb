import math

import pytest

from aurl_core.training.figures import Likelihood


def test_figures_of_a_known_likelihood():
    likelihood = Likelihood(nats=60 * math.log(4), num_tokens=60, num_notes=20)
    assert likelihood.to_dict() == pytest.approx({"nats_per_token": math.log(4), "perplexity": 4, "bits_per_note": 6})


def test_nothing_to_predict_is_no_division_by_zero():
    assert Likelihood(nats=0.0, num_tokens=0, num_notes=0).to_dict()["bits_per_note"] == 0
