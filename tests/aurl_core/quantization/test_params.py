import pytest
from pydantic import ValidationError

from aurl_core.quantization.params import QuantizeParams

VALID = {"mode": "strict", "steps_per_beat": 24, "short_notes": "lengthen"}


@pytest.mark.parametrize(
    "change", [{"mode": "loose"}, {"steps_per_beat": 0}, {"short_notes": "keep"}, {"velocity_median": 128}]
)
def test_settings_that_cannot_be_are_refused(change):
    with pytest.raises(ValidationError, match=next(iter(change))):
        QuantizeParams.model_validate({**VALID, **change})


@pytest.mark.parametrize("change", [{"mode": "adaptive"}, {"mode": "groove"}, {"grid": "16th"}])
def test_grids_need_steps_they_are_made_of(change):
    with pytest.raises(ValidationError, match="16 has no room"):
        QuantizeParams.model_validate({**VALID, "steps_per_beat": 16, **change})


def test_velocities_are_left_alone_unless_asked():
    assert QuantizeParams.model_validate(VALID).velocity == "off"
