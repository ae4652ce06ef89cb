"""Samples while learning, for the ear. How a model is sampled is no business of this room: it is passed in."""

from __future__ import annotations

from typing import Protocol

import pytorch_lightning as pl

from aurl_core.models.registry import Model
from aurl_core.training.learner import Learner


class Sampler(Protocol):
    """Makes music of a model that is still learning and keeps it where it likes."""

    def __call__(self, model: Model, *, tokens_seen: int) -> None: ...


class Sampling(pl.Callback):
    """Hands the model to `sampler` after each interval, ready to predict."""

    def __init__(self, sampler: Sampler) -> None:
        self.sampler = sampler

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        assert isinstance(pl_module, Learner)
        pl_module.model.eval()
        self.sampler(
            pl_module.model,
            tokens_seen=pl_module.schedule.tokens_before(trainer.current_epoch + 1),
        )
        pl_module.model.train()
