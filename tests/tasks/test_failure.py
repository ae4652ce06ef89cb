"""What goes wrong on purpose is one paragraph and an exit status; a bug keeps its traceback."""

import errno
from collections.abc import Callable

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


def test_a_full_disk_is_recognised_by_its_words_alone(capsys: pytest.CaptureFixture[str]) -> None:
    with told() as outcome:
        raise RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)")

    assert outcome.code == 1
    assert capsys.readouterr().err.startswith("The disk is full: Error while serializing")


def test_of_a_copy_the_target_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with told():
        raise OSError(errno.ENOSPC, "No space left on device", "source", None, "target")

    assert "target could not be written" in capsys.readouterr().err


def test_of_a_temporary_file_the_folder_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with told():
        raise OSError(errno.EACCES, "Permission denied", "data/.parsed.x7k2")

    assert capsys.readouterr().err.startswith("data cannot be written")


def leave_as_lightning_does() -> None:
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        raise SystemExit(1)  # noqa: B904


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("leave", [interrupt, leave_as_lightning_does])
def test_an_interrupt_has_the_status_of_one(leave: Callable[[], None]) -> None:
    with told() as outcome:
        leave()

    assert outcome.code == 130


@pytest.mark.parametrize("bug", [KeyError("x"), FileNotFoundError(errno.ENOENT, "no such file", "x"), SystemExit(2)])
def test_a_bug_is_not_hidden(bug: BaseException) -> None:
    with pytest.raises(type(bug)), told():
        raise bug
