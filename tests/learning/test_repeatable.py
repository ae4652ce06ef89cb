"""That a training can be had again: from the same seed, and from where it was stopped."""

import pytest

from aurl_core.training.trainer import fit
from tests.learning import runs
from tests.learning.runs import assert_same


@pytest.fixture
def train(small_corpus, tmp_path):
    return lambda recipe, name: runs.train(recipe, small_corpus, tmp_path / name)


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
        {"precision": "fp16", "loss_scale": {"start": 2.0**40, "peaceful_steps": 2}, "accumulate": 2},
    ],
    ids=["schedule_free", "adaptive", "ema", "checkpoints", "fp16"],
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


def test_a_run_killed_after_its_last_step_is_not_trained_again(train, make_recipe):
    first = train(make_recipe(), "a")
    assert_same(train(make_recipe(), "a"), first)
