"""`aurl clean` says what would go, asks, and spares what cannot be made again."""

from collections.abc import Callable
from pathlib import Path

import pytest

Aurl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def used(repository: Path) -> Path:
    """A repository with a kilobyte in three folders."""
    for folder in ("data", ".dvc/cache", ".mlflow"):
        (repository / folder).mkdir(parents=True)
        (repository / folder / "file").write_bytes(bytes(1000))
    return repository


def test_what_can_be_made_again_goes(aurl: Aurl, used: Path) -> None:
    code, out, _ = aurl("clean", "--yes")

    assert code == 0
    assert "1.0 kB freed" in out
    assert [(used / folder).exists() for folder in ("data", ".dvc/cache", ".mlflow")] == [True, False, True]


def test_all_takes_everything(aurl: Aurl, used: Path) -> None:
    aurl("clean", "--all", "--yes")

    assert [(used / folder).exists() for folder in ("data", ".dvc/cache", ".mlflow")] == [False, False, False]


def test_without_a_yes_nothing_goes(aurl: Aurl, used: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.confirm", lambda question: False)

    _, out, _ = aurl("clean")

    assert ".dvc/cache" in out
    assert (used / ".dvc/cache").exists()


def test_with_nothing_there_it_says_so(aurl: Aurl) -> None:
    assert aurl("clean")[1] == "There is nothing to free.\n"
