import pytest

from aurl_core.training.optimization.learning_rate import learning_rate_factor
from aurl_core.training.optimization.params import OptimizerParams


def test_without_warm_up_and_decay_the_rate_is_level():
    params = OptimizerParams(kind="adamw", learning_rate=1, clip_norm=1, warmup_share=0, decay_share=0)
    assert {learning_rate_factor(step, 7, params) for step in range(7)} == {1.0}


def test_decay_over_the_last_quarter_ends_near_zero():
    params = OptimizerParams(kind="adamw", learning_rate=1, clip_norm=1, warmup_share=0, decay_share=0.25)
    factors = [learning_rate_factor(step, 100, params) for step in range(100)]
    assert factors[:76] == [1.0] * 76
    assert factors[75:] == sorted(factors[75:], reverse=True)
    assert factors[-1] == pytest.approx(1 / 25)
