"""Trainings that are killed, and ones to compare them with."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from aurl_core.training.outcome import Training
from aurl_core.training.recipe import Recipe
from aurl_core.training.trainer import fit

RUN_AND_DIE = Path(__file__).parent / "run_and_die.py"


def train(recipe: Recipe, corpus: Path, folder: Path, seen: list[int] | None = None) -> Training:
    """Train in `folder`, going on with what is there; the tokens told on the way are added to `seen`."""
    told = seen if seen is not None else []
    return fit(
        recipe, corpus, checkpoints=folder, cache=folder / "cache", progress=lambda done, total: told.append(done)
    )


def begin(
    recipe: Recipe, corpus: Path, folder: Path, *, tokens: int, **how: object
) -> subprocess.CompletedProcess[str]:
    """The same in a process that kills itself, as by `kill -9`, when it has seen so many tokens; how it ended."""
    command = [sys.executable, str(RUN_AND_DIE), str(corpus), str(folder), str(tokens), json.dumps(recipe.settings())]
    return subprocess.run(command, check=False, text=True, capture_output=True, **how)


def kill(recipe: Recipe, corpus: Path, folder: Path, *, tokens: int) -> None:
    """Train in `folder` until so many tokens are seen, and be killed."""
    done = begin(recipe, corpus, folder, tokens=tokens)
    assert done.returncode == -signal.SIGKILL, done.stderr


def assert_same(one: Training, other: Training) -> None:
    """The same weights, byte for byte, and the same figures on the way and at the end."""
    pairs = zip(one.model.state_dict().items(), other.model.state_dict().values(), strict=True)
    assert [name for (name, tensor), twin in pairs if tensor.numpy().tobytes() != twin.numpy().tobytes()] == []
    assert (one.curve, one.likelihood, one.bigram) == (other.curve, other.likelihood, other.bigram)
    assert one.losses.state() == other.losses.state()
