"""Checkpoints made by hand, whose state is a few bytes."""

import math

import pytest

from aurl_core.training.checkpoints.params import CheckpointParams
from aurl_core.training.checkpoints.record import seal
from aurl_core.training.checkpoints.shelf import Shelf


@pytest.fixture
def make_shelf(tmp_path):
    """A function that makes a shelf with a checkpoint of 10 tokens a step for each step given.

    The perplexity of its validation is given, too, or None where there was none.
    """

    def make(perplexities: dict[int, float | None], **settings: object) -> Shelf:
        shelf = Shelf(tmp_path / "run", CheckpointParams(**settings))
        for step, perplexity in perplexities.items():
            folder = shelf.place(step)
            folder.mkdir(parents=True)
            (folder / "state.ckpt").write_text(f"state {step}")
            figures = {} if perplexity is None else {"validation_nats_per_token": math.log(perplexity)}
            seal(folder, step=step, tokens_seen=10 * step, figures=figures)
        return shelf

    return make
