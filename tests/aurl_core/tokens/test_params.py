import pytest
from pydantic import ValidationError

from aurl_core.tokens.params import EventTokenizerConfig


@pytest.mark.parametrize("steps_per_beat", [0, 33])
def test_the_grid_must_fit_the_units(steps_per_beat):
    with pytest.raises(ValidationError, match="steps_per_beat"):
        EventTokenizerConfig(steps_per_beat=steps_per_beat, out_of_range="fold")


def test_the_policy_is_named():
    with pytest.raises(ValidationError, match="'fold' or 'drop'"):
        EventTokenizerConfig(steps_per_beat=24, out_of_range="keep")
