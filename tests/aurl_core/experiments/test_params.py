import pytest
from pydantic import ValidationError

from aurl_core.experiments.params import Dimension, ScalingParams, TuneParams


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"low": 1.0}, "give both, or choices"),
        ({"low": 2, "high": 1}, "low must be the smaller"),
        ({"low": 0.0, "high": 1.0, "log": True}, "by factors one gets nowhere"),
        ({"choices": [1, 2], "high": 3}, "have to be left out"),
    ],
)
def test_a_dimension_is_a_range_or_choices(settings: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Dimension(setting="model.dropout", **settings)


def test_only_what_a_training_depends_on_is_searched() -> None:
    with pytest.raises(ValidationError, match="pattern"):
        Dimension(setting="shard.tokenizer.kind", choices=["bar"])


def test_a_search_names_each_setting_once() -> None:
    twice = [Dimension(setting="model.dropout", low=0.0, high=0.5)] * 2
    with pytest.raises(ValidationError, match=r"model\.dropout more than once"):
        TuneParams(space=twice)


def test_a_ladder_rises_and_what_is_foretold_lies_above_it() -> None:
    with pytest.raises(ValidationError, match="must rise"):
        ScalingParams(widths=(96, 48, 144))
    with pytest.raises(ValidationError, match="beyond its points"):
        ScalingParams(next_width=96)
