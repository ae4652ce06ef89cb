"""Saving the whole state of a run at the end of each leg. Where it goes and what stays is said in shelf.py."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytorch_lightning as pl

from aurl_core.files import whole_folder
from aurl_core.training.callbacks.curve import Curve
from aurl_core.training.checkpoints.record import seal
from aurl_core.training.checkpoints.shelf import Shelf
from aurl_core.training.checkpoints.state import STATE_FILE, pack
from aurl_core.training.learner import Learner


class Checkpointing(pl.Callback):
    """Puts the state after the leg on the shelf; a kill at any moment leaves what was there, and this one or not.

    It has to be the last of the callbacks, so that theirs is in the state. No process goes on before the shelf is as it
    should be: at the end all of them look there for the best state.
    """

    def __init__(self, shelf: Shelf, curve: Curve) -> None:
        self.shelf = shelf
        self.curve = curve

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        assert isinstance(pl_module, Learner)
        schedule, legs = pl_module.schedule, trainer.current_epoch + 1
        step, tokens_seen = schedule.steps_before(legs), schedule.tokens_before(legs)
        with self._folder(trainer, step) as folder:
            trainer.save_checkpoint(folder / STATE_FILE)
            if trainer.is_global_zero:
                pack(folder, self.shelf.params.compression)
                seal(folder, step=step, tokens_seen=tokens_seen, figures=self._figures(tokens_seen))
        if trainer.is_global_zero:
            self.shelf.tidy(step)
        trainer.strategy.barrier("the shelf is tidy")

    @contextmanager
    def _folder(self, trainer: pl.Trainer, step: int) -> Iterator[Path]:
        """A folder that becomes the checkpoint; every process is told its name, the first one makes it."""
        if not trainer.is_global_zero:
            yield Path(trainer.strategy.broadcast(""))
            return
        with whole_folder(self.shelf.place(step)) as folder:
            yield Path(trainer.strategy.broadcast(str(folder)))

    def _figures(self, tokens_seen: int) -> dict[str, float]:
        """Of the validation at this very place, if there was one."""
        points = [point for point in self.curve.points[-1:] if point["tokens"] == tokens_seen]
        return {name: value for point in points for name, value in point.items() if isinstance(value, float)}
