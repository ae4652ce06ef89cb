import pytest
from pydantic import ValidationError

from aurl_core.evaluation.quality import MEASURES
from aurl_core.training.health.params import SAMPLE_METRICS, Rule


def test_the_figures_of_samples_are_those_that_samples_are_measured_by():
    assert ("sample_quality", *(f"sample_{name}" for name in MEASURES)) == SAMPLE_METRICS


@pytest.mark.parametrize("metric", ["sample_consonanse", "loss", ""])
def test_a_rule_knows_the_figures_of_the_curve(metric):
    with pytest.raises(ValidationError, match=r"is no figure of the curve; take one of train_nats.*sample_"):
        Rule(metric=metric, patience=1)


def test_likelier_is_less_and_more_musical_is_more():
    assert [
        Rule(metric=metric, patience=1).is_more_better for metric in ("sample_consonance", "validation_bits_per_note")
    ] == [True, False]
