import pytest

from aurl_core import errors


@pytest.mark.parametrize(
    ("error", "builtin"),
    [(errors.SettingError, ValueError), (errors.InputError, ValueError), (errors.MissingError, FileNotFoundError)],
)
def test_errors_are_also_what_python_calls_them(error, builtin):
    assert issubclass(error, builtin)
    assert issubclass(error, errors.AurlError)


def test_a_parse_error_carries_its_reason():
    error = errors.ParseError("not_midi", "starts with b'RIFF'")
    assert (error.reason, error.detail) == ("not_midi", "starts with b'RIFF'")
    assert str(error) == "not_midi: starts with b'RIFF'"


def test_the_tree_in_the_docstring_is_the_tree():
    classes = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert all(name in errors.__doc__ for name in classes)
    assert isinstance(errors.ParseError("a", "b"), errors.InputError)
