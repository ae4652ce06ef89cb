import pytest
from pydantic import ValidationError

from aurl_core.section import Section


class Loudness(Section):
    velocity: int
    """MIDI velocity, 1-127."""


def test_an_unknown_key_is_an_error():
    with pytest.raises(ValidationError, match="volume"):
        Loudness.model_validate({"velocity": 3, "volume": 4})


def test_a_section_does_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        Loudness(velocity=3).velocity = 4


def test_docstrings_describe_the_fields():
    assert Loudness.model_fields["velocity"].description == "MIDI velocity, 1-127."
