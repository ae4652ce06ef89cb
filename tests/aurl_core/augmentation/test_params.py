import pytest
from pydantic import ValidationError

from aurl_core.augmentation.params import AugmentParams


def test_an_empty_pitch_range_is_refused():
    with pytest.raises(ValidationError, match=r"lowest_pitch 80 is above augment\.highest_pitch 70"):
        AugmentParams(lowest_pitch=80, highest_pitch=70)


def test_by_default_nothing_is_varied():
    assert (AugmentParams().lowest_shift, AugmentParams().highest_shift) == (0, 0)
