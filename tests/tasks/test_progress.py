"""Without a terminal, progress is plain lines, few enough to read."""

import pytest

from tasks.progress import progress


def test_the_first_and_the_last_are_told_and_the_rest_is_throttled(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("parse") as sink:
        for done in range(1, 101):
            sink(done, 100)

    assert capsys.readouterr().out.splitlines() == ["PROGRESS 1/100 parse", "PROGRESS 100/100 parse"]


def test_on_a_terminal_there_is_a_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    with progress("parse") as sink:
        sink(3, 7)

    assert "3/7" in capsys.readouterr().out
