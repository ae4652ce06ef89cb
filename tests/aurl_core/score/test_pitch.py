import pytest

from aurl_core.score.pitch import HIGHEST_PIANO_PITCH, LOWEST_PIANO_PITCH, pitch_name


@pytest.mark.parametrize(
    ("pitch", "name"), [(0, "C-1"), (LOWEST_PIANO_PITCH, "A0"), (61, "C#4"), (HIGHEST_PIANO_PITCH, "C8"), (127, "G9")]
)
def test_names_are_scientific(pitch, name):
    assert pitch_name(pitch) == name
