"""Samples while learning, for the ear. How a model is sampled is no business of this room: it is passed in."""

from __future__ import annotations

from typing import Protocol

import pytorch_lightning as pl

from aurl_core.models.registry import Model
from aurl_core.training.callbacks.interval import IntervalCallback
from aurl_core.training.distributed.collective import said_by_first
from aurl_core.training.learner import Learner


class Sampler(Protocol):
    """Makes music of a model that is still learning, keeps it where it likes, and says how good it is.

    Of its figures, whose names begin with `sample_`, `sample_quality` is the one that sums up the others.
    """

    def __call__(self, model: Model, *, tokens_seen: int) -> dict[str, float]: ...


class Sampling(IntervalCallback):
    """Hands the model to `sampler` after each interval, ready to predict; its figures belong to the next point of the
    curve, so it has to come before that."""

    def __init__(self, sampler: Sampler) -> None:
        self.sampler = sampler
        self.figures: dict[str, float] = {}

    def on_interval_end(self, trainer: pl.Trainer, learner: Learner, *, tokens_seen: int) -> None:
        with learner.shown():
            figures = self.sampler(learner.whole().eval(), tokens_seen=tokens_seen)
        self.figures = said_by_first(figures)
        learner.model.train()
