"""`IntervalCallback`: the base of what happens at the end of an interval, after its validation."""

from __future__ import annotations

from abc import ABC, abstractmethod

import pytorch_lightning as pl

from aurl_core.training.learner import Learner


class IntervalCallback(pl.Callback, ABC):
    """Leaves the legs in between alone."""

    @abstractmethod
    def on_interval_end(self, trainer: pl.Trainer, learner: Learner, *, tokens_seen: int) -> None:
        """The model has just been measured, `tokens_seen` tokens after the beginning."""

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        assert isinstance(pl_module, Learner)
        schedule, legs = pl_module.schedule, trainer.current_epoch + 1
        if schedule.starts_interval(legs):
            self.on_interval_end(trainer, pl_module, tokens_seen=schedule.tokens_before(legs))
