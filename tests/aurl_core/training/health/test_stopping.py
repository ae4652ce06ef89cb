import pytest
from pydantic import ValidationError

from aurl_core.training.callbacks.curve import Point
from aurl_core.training.health.params import Rule, StoppingParams
from aurl_core.training.health.stopping import is_level, reason_to_stop, since_best


def points(nats, quality=None) -> list[Point]:
    made = [
        Point(
            tokens=100 * (number + 1),
            train_nats_per_token=1.0,
            validation_nats_per_token=float(value),
            validation_bits_per_note=9.0,
        )
        for number, value in enumerate(nats)
    ]
    for point, value in zip(made, quality or [], strict=False):
        point["sample_quality"] = value
        point["samples"] = {"sample_polyphony": 1 - value}
    return made


NATS = {"metric": "validation_nats_per_token", "patience": 2}
QUALITY = {"metric": "sample_quality", "patience": 2, "min_delta": 0.05}


@pytest.mark.parametrize(
    ("nats", "min_delta", "expected"),
    [([3, 2, 1], 0.0, 0), ([1, 2, 3], 0.0, 2), ([3, 2.95, 2.92, 2.91], 0.1, 3), ([float("nan"), 2, 3], 0.0, 1)],
)
def test_patience_counts_from_the_last_improvement(nats, min_delta, expected):
    assert since_best(Rule(**NATS, min_delta=min_delta), points(nats)) == expected


def test_more_of_a_figure_of_samples_is_better_unless_the_rule_says_otherwise():
    curve = points([1, 1, 1], [0.5, 0.6, 0.7])
    assert since_best(Rule(metric="sample_quality", patience=1), curve) == 0
    assert since_best(Rule(metric="sample_quality", patience=1, mode="min"), curve) == 2


@pytest.mark.parametrize(
    ("nats", "quality", "when", "stops"),
    [
        ([3, 4, 5], [0.5, 0.6, 0.7], "any", True),
        ([3, 4, 5], [0.5, 0.6, 0.7], "all", False),
        ([3, 4, 5], [0.5, 0.5, 0.52], "all", True),
        ([3, 2, 1], [0.5, 0.5, 0.52], "any", True),
        ([3, 2, 1], [0.5, 0.6, 0.7], "any", False),
    ],
)
def test_several_rules_stop_together_or_each_alone(nats, quality, when, stops):
    params = StoppingParams(rules=[NATS, QUALITY], when=when)
    assert (reason_to_stop(points(nats, quality), params, num_tokens=1000) is not None) == stops


def test_it_never_stops_without_rules_or_too_early():
    early = StoppingParams(rules=[NATS], least_share=0.5)
    assert reason_to_stop(points([1, 2, 3]), StoppingParams(), num_tokens=1000) is None
    assert reason_to_stop(points([1, 2, 3]), early, num_tokens=1000) is None
    assert reason_to_stop(points([1, 2, 3, 4, 5]), early, num_tokens=1000)


def test_a_figure_that_no_curve_has_is_refused():
    with pytest.raises(ValidationError, match=r"'validation_loss' is no figure of the curve; take one of train_nats"):
        Rule(metric="validation_loss", patience=1)


def test_rules_about_samples_need_samples(make_recipe):
    with pytest.raises(
        ValidationError, match=r"look at sample_quality, but nothing is sampled \(train\.num_samples is 0"
    ):
        make_recipe(stopping={"rules": [QUALITY]})


def test_a_curve_is_level_each_time_patience_is_over():
    nats = [3, 2, 2, 2, 2, 2, 1, 1, 1]
    level = [is_level(Rule(**NATS), points(nats[: end + 1])) for end in range(len(nats))]
    assert [place for place, one in enumerate(level) if one] == [3, 5, 8]
