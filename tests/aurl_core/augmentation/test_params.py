import pytest
from pydantic import ValidationError

from aurl_core.augmentation.params import AugmentParams, Ramp, TransposeParams
from aurl_core.augmentation.policy import KINDS


def test_by_default_nothing_is_varied():
    assert [getattr(AugmentParams(), kind).chance for kind in KINDS] == [0.0] * len(KINDS)


def test_every_kind_has_a_part():
    assert sorted(AugmentParams.model_fields) == sorted(KINDS)


def test_bounds_that_go_down_are_refused():
    with pytest.raises(ValidationError, match=r"\[6, -5\] goes down; the smaller bound stands first"):
        TransposeParams(semitones=(6, -5))


@pytest.mark.parametrize("chance", [1.5, -0.1, {"shape": "cosine", "start": 0, "end": 2}, {"shape": "steps"}])
def test_what_is_no_chance_is_refused(chance):
    with pytest.raises(ValidationError, match="chance"):
        TransposeParams.model_validate({"chance": chance})


def test_a_chance_is_a_number_or_a_ramp():
    params = AugmentParams.model_validate({"groove": {"chance": {"shape": "linear", "start": 0, "end": 1}}})
    assert params.groove.chance == Ramp(shape="linear", start=0, end=1)
