"""The search is a command beside the stages: the corpus comes first, and what it prints is followed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flows.tune_model import tune_model
from tasks.reproduce import StageFailedError

COMMAND = "import sys; print('PROGRESS 1/1 tune'); print(sys.argv[1:]); print('no corpus'); sys.exit({code})"


def with_command(root: Path, code: int) -> None:
    """A command line in the repository, in place of the real one, that does nothing but end."""
    (root / "tasks" / "__init__.py").touch()
    (root / "tasks" / "cli.py").write_text(COMMAND.format(code=code))


def test_the_corpus_is_made_and_then_searched_over(toy: Callable[..., Path]) -> None:
    with_command(toy(ingest="", shard=""), 0)

    assert tune_model() == ["ingest: ran", "shard: ran", "tune: ran"]


def test_a_search_that_fails_fails_the_flow(toy: Callable[..., Path]) -> None:
    with_command(toy(shard=""), 1)

    with pytest.raises(StageFailedError, match=r"tune failed .*no corpus"):
        tune_model()
