"""The commands as a person types them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.cli import main

Aurl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def aurl(repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Aurl:
    """A function that runs `aurl` with arguments in a repository without data: exit status, stdout, stderr."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["aurl", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run
