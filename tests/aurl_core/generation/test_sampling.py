import numpy as np
import pytest

from aurl_core.generation.params import SamplingConfig
from aurl_core.generation.sampling import draw, probabilities_of

PROBABILITIES = np.array([[0.5, 0.25, 0.15, 0.1]])
ALL = np.ones((1, 4), bool)


def cut(allowed=ALL, **settings):
    logits = np.log(PROBABILITIES).astype(np.float32)
    return probabilities_of(logits, allowed, SamplingConfig(**settings))[0].tolist()


def test_without_cuts_the_models_own_probabilities_stay():
    assert cut() == pytest.approx([0.5, 0.25, 0.15, 0.1])


def test_what_is_not_allowed_is_never_drawn_and_the_rest_is_scaled():
    assert cut(allowed=np.array([[False, True, True, False]])) == pytest.approx([0, 0.625, 0.375, 0])


def test_temperature_sharpens_and_flattens():
    assert cut(temperature=0.5)[0] == pytest.approx(0.25 / (0.25 + 0.0625 + 0.0225 + 0.01))
    assert cut(temperature=100.0)[3] == pytest.approx(0.25, abs=0.01)


def test_top_k_keeps_the_k_likeliest():
    assert cut(top_k=2) == pytest.approx([2 / 3, 1 / 3, 0, 0])
    assert cut(top_k=9) == cut()


def test_top_p_keeps_the_fewest_that_reach_p():
    assert cut(top_p=0.6) == pytest.approx([2 / 3, 1 / 3, 0, 0])
    assert cut(top_p=0.1) == pytest.approx([1, 0, 0, 0])


def test_min_p_is_relative_to_the_likeliest():
    assert cut(min_p=0.4) == pytest.approx([2 / 3, 1 / 3, 0, 0])


def test_cuts_look_at_allowed_tokens_only():
    assert cut(allowed=np.array([[False, True, True, True]]), top_k=1) == pytest.approx([0, 1, 0, 0])


def test_draws_are_as_frequent_as_they_are_likely():
    uniform = np.random.default_rng(5).random(20_000)
    drawn = draw(np.repeat(PROBABILITIES, len(uniform), axis=0), uniform)
    assert np.bincount(drawn) / len(uniform) == pytest.approx(PROBABILITIES[0], abs=0.015)


def test_the_ends_of_the_interval_hit_tokens_that_may_be_drawn():
    probabilities = np.array([[0.0, 1 / 3, 2 / 3, 0.0]] * 2)
    assert draw(probabilities, np.array([0.0, np.nextafter(1.0, 0)])).tolist() == [1, 2]
