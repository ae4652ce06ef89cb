"""What goes wrong on purpose is one paragraph and an exit status; a bug keeps its traceback."""

import errno

import pytest

from aurl_core.errors import SettingError
from tasks.failure import told


def test_an_expected_error_is_one_paragraph_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with told() as outcome:
        raise SettingError("first line\nsecond line")

    assert outcome.code == 1
    assert capsys.readouterr().err == "first line second line\n"


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "The disk is full: data/x"), (errno.EACCES, "data/x cannot be written"), (errno.EROFS, "paths")],
)
def test_want_of_disk_or_rights_names_the_file(capsys: pytest.CaptureFixture[str], number: int, words: str) -> None:
    with told() as outcome:
        raise OSError(number, "what the system says", "data/x")

    assert outcome.code == 1
    assert words in capsys.readouterr().err


def test_an_interrupt_has_the_status_of_one() -> None:
    with told() as outcome:
        raise KeyboardInterrupt

    assert outcome.code == 130


@pytest.mark.parametrize("bug", [KeyError("x"), FileNotFoundError(errno.ENOENT, "no such file", "x")])
def test_a_bug_is_not_hidden(bug: Exception) -> None:
    with pytest.raises(type(bug)), told():
        raise bug
