"""Samples while learning, for the ear. How a model is sampled is no business of this room: it is passed in."""

from __future__ import annotations

from typing import Protocol

import pytorch_lightning as pl

from aurl_core.models.registry import Model
from aurl_core.training.callbacks.interval import IntervalCallback
from aurl_core.training.learner import Learner


class Sampler(Protocol):
    """Makes music of a model that is still learning and keeps it where it likes."""

    def __call__(self, model: Model, *, tokens_seen: int) -> None: ...


class Sampling(IntervalCallback):
    """Hands the model to `sampler` after each interval, ready to predict."""

    def __init__(self, sampler: Sampler) -> None:
        self.sampler = sampler

    def on_interval_end(self, trainer: pl.Trainer, learner: Learner, *, tokens_seen: int) -> None:
        with learner.shown():
            self.sampler(learner.whole().eval(), tokens_seen=tokens_seen)
        learner.model.train()
