"""That a training can be had again: from the same seed, and from where it was killed."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from aurl_core.training.trainer import Training, fit

RUN_AND_DIE = Path(__file__).parent / "run_and_die.py"


@pytest.fixture
def train(small_corpus, tmp_path):
    def run(recipe, name: str) -> Training:
        folder = tmp_path / name
        return fit(recipe, small_corpus, checkpoints=folder, cache=folder / "cache", progress=lambda *_: None)

    return run


def assert_same(one: Training, other: Training) -> None:
    pairs = zip(one.model.state_dict().items(), other.model.state_dict().values(), strict=True)
    assert [name for (name, tensor), twin in pairs if not torch.equal(tensor, twin)] == []
    assert (one.curve, one.likelihood, one.bigram) == (other.curve, other.likelihood, other.bigram)


@pytest.mark.parametrize("settings", [{}, {"precision": "bf16", "num_threads": 2}])
def test_the_same_seed_is_the_same_model(train, make_recipe, settings):
    assert_same(train(make_recipe(**settings), "a"), train(make_recipe(**settings), "b"))


def test_another_seed_is_another_model(train, make_recipe):
    one, other = train(make_recipe(seed=1), "a"), train(make_recipe(seed=2), "b")
    assert one.curve != other.curve


class StoppedError(Exception):
    """Raised in the place of a kill, where starting another process would cost too much."""


@pytest.mark.parametrize(
    "settings",
    [
        {"optimizer": {"kind": "schedule_free", "learning_rate": 0.01}},
        {"optimizer": {"kind": "lion", "learning_rate": 0.01, "clip": {"kind": "adaptive", "least_history": 2}}},
        {"averaging": {"kind": "ema", "decay": 0.9}},
        {"averaging": {"kind": "checkpoints", "number": 2}},
    ],
    ids=["schedule_free", "adaptive", "ema", "checkpoints"],
)
def test_all_that_moves_weights_is_in_the_state(train, make_recipe, small_corpus, tmp_path, settings):
    """Stopped in the second of two intervals, the run goes on to the very result it would have had."""
    recipe = make_recipe(checkpoints={"every_tokens": 256}, **settings)

    def stop_when_due(done: int, total: int) -> None:
        if done >= 896:
            raise StoppedError

    folder = tmp_path / "stopped"
    with pytest.raises(StoppedError):
        fit(recipe, small_corpus, checkpoints=folder, cache=folder / "cache", progress=stop_when_due)
    assert_same(train(recipe, "stopped"), train(recipe, "undisturbed"))


@pytest.mark.parametrize("kind", ["muon", "adamw"])
def test_killed_and_resumed_is_undisturbed(train, make_recipe, small_corpus, tmp_path, kind):
    """Killed in the middle of the second leg of the third of four intervals, the run loses half a leg and nothing
    else."""
    recipe = make_recipe(
        budget_tokens=4096,
        validate_every_tokens=1024,
        optimizer={"kind": kind, "learning_rate": 0.01},
        dropout=0.2,
        checkpoints={"every_tokens": 512},
    )
    sections = {name: getattr(recipe, name).model_dump() for name in ("train", "model", "augment")}
    settings = json.dumps(sections | {"seed": recipe.seed})
    command = [sys.executable, str(RUN_AND_DIE), str(small_corpus), str(tmp_path / "killed"), "2816", settings]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert (tmp_path / "killed" / "step-000000020").is_dir()

    seen = []
    folder = tmp_path / "killed"
    resumed = fit(
        recipe,
        small_corpus,
        checkpoints=folder,
        cache=folder / "cache",
        progress=lambda done, total: seen.append(done),
    )
    assert seen[0] == 2560
    assert_same(resumed, train(recipe, "undisturbed"))


def test_a_run_killed_after_its_last_step_is_not_trained_again(train, make_recipe):
    first = train(make_recipe(), "a")
    assert_same(train(make_recipe(), "a"), first)
