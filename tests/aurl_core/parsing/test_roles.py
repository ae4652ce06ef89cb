import pytest

from aurl_core.parsing.roles import role_of


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Soprano", "soprano"), ("TENOR 1", "tenor"), ("Bass.", "bass"), ("Alto II", "alto"), ("Double Bass", ""),
        ("Piano, right hand", "right hand"), ("MELODY", "melody"), ("", ""), ("12", ""),
    ],
)  # fmt: skip
def test_the_role_is_told_from_the_name(name, role):
    assert role_of(name) == role
