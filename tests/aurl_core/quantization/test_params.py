import pytest
from pydantic import ValidationError

from aurl_core.quantization.params import QuantizeParams

VALID = {"mode": "strict", "steps_per_beat": 24, "short_notes": "lengthen"}


@pytest.mark.parametrize(
    "change", [{"mode": "groove"}, {"steps_per_beat": 0}, {"short_notes": "keep"}, {"velocity_median": 128}]
)
def test_settings_that_cannot_be_are_refused(change):
    with pytest.raises(ValidationError, match=next(iter(change))):
        QuantizeParams.model_validate({**VALID, **change})


def test_velocities_are_left_alone_unless_asked():
    assert QuantizeParams.model_validate(VALID).velocity_median == 0
