import pytest
from pydantic import ValidationError

from aurl_core.corpus.params import NearDuplicateConfig, SplitFractions


def test_fractions_add_up_to_one():
    assert SplitFractions(train=0.7, validation=0.2, test=0.1).test == 0.1
    with pytest.raises(ValidationError, match=r"add up to 1, not 0\.9"):
        SplitFractions(train=0.7, validation=0.1, test=0.1)


def test_there_is_always_something_to_train_on():
    with pytest.raises(ValidationError, match="train"):
        SplitFractions(train=0, validation=0.5, test=0.5)


@pytest.mark.parametrize("change", [{"ngram_length": 0}, {"min_ngrams": 0}, {"threshold": 0}, {"threshold": 1.1}])
def test_near_duplicates_need_sensible_numbers(change):
    with pytest.raises(ValidationError, match=next(iter(change))):
        NearDuplicateConfig.model_validate({"ngram_length": 6, "min_ngrams": 18, "threshold": 0.3, **change})
