"""Saving the whole state of a run at the end of each leg. Where and under which key is said in run.py."""

from __future__ import annotations

from pathlib import Path

import pytorch_lightning as pl

from aurl_core.files import whole_file


class Checkpointing(pl.Callback):
    """Replaces `path` by the state after the leg; a kill at any moment leaves the last state or this one.

    It has to be the last of the callbacks, so that theirs is in the state.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        with whole_file(self.path) as temporary:
            trainer.save_checkpoint(temporary)
