"""How far training is, in tokens. A bar or a log line is made of it by the caller."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytorch_lightning as pl

from aurl_core.training.learner import Learner

ProgressSink = Callable[[int, int], None]
"""Takes (done, total), here in tokens."""


class Progress(pl.Callback):
    """Calls `sink` when a leg starts and after each step."""

    def __init__(self, sink: ProgressSink) -> None:
        self.sink = sink

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._tell(trainer, pl_module, num_steps=0)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        self._tell(trainer, pl_module, num_steps=batch_idx + 1)

    def _tell(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *, num_steps: int) -> None:
        assert isinstance(pl_module, Learner)
        schedule = pl_module.schedule
        done = schedule.tokens_before(trainer.current_epoch) + num_steps * schedule.tokens_per_step
        self.sink(done, schedule.num_tokens)
