import pytest
from pydantic import ValidationError

from aurl_core.training.adversarial_params import AdversarialParams


def test_stages_that_leave_no_game_are_refused():
    with pytest.raises(ValidationError, match=r"alone_share 0.7 and warmup_share 0.3 leave no steps.*below 1"):
        AdversarialParams(alone_share=0.7, warmup_share=0.3)


@pytest.mark.parametrize("wrong", [{"temperature": 0}, {"remake_every": 0}, {"weight": -1}, {"rise_share": 2}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        AdversarialParams(**wrong)
