"""What a training looks like while it runs: a moment now and then, for screens, logs and pages.

Speeds are of the clock, so moments never become part of a result. Memory and the machine are no business of this room.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytorch_lightning as pl

from aurl_core.augmentation.policy import varied_share
from aurl_core.training.learner import Learner
from aurl_core.training.loading.data_module import CorpusData

_EVERY_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Moment:
    """Where a training stands; speeds are means since the moment before, validations left out."""

    step: int
    """Gradient steps taken."""
    num_steps: int
    tokens_seen: int
    num_tokens: int
    """What the training will have seen in the end."""
    epoch: float
    """Rounds of the corpus; 1.5 is in the middle of the second."""
    num_files: int
    """Pieces that are learned from."""
    num_versions: int
    """Variations of them by augmentation that were shown, to be expected of the rounds so far."""
    losses: Mapping[str, float]
    """The last value of each component."""
    learning_rate: float
    gradient_norm: float | None
    """Before clipping; None if no step was taken."""
    tokens_per_second: float
    samples_per_second: float
    """Windows of the batches."""
    loading_share: float
    """Share of the time in which the step waited for its batch."""


LiveSink = Callable[[Moment], None]


@dataclass
class Pace:
    """Counts steps and their seconds; what lies between `resume` and the last step does not count."""

    clock: Callable[[], float] = time.monotonic
    steps: int = 0
    seconds: float = 0.0
    """Taken by the steps."""
    waited: float = 0.0
    """Seconds of them in which a batch was awaited."""
    _last: float = 0.0

    def resume(self) -> None:
        """The next batch is awaited from now on."""
        self._last = self.clock()

    def has_batch(self) -> None:
        """The wait is over."""
        self.waited += self.clock() - self._last

    def has_learned(self) -> None:
        """A step is done."""
        now = self.clock()
        self.steps, self.seconds, self._last = self.steps + 1, self.seconds + now - self._last, now

    def forget(self) -> None:
        """Count from nothing."""
        self.steps, self.seconds, self.waited = 0, 0.0, 0.0


class Live(pl.Callback):
    """Passes a moment to `sink` whenever steps have taken `every_seconds`, and one at the end."""

    def __init__(self, data: CorpusData, sink: LiveSink, *, every_seconds: float = _EVERY_SECONDS) -> None:
        self.data = data
        self.sink = sink
        self.every_seconds = every_seconds
        self._pace = Pace()

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._pace.resume()

    def on_train_batch_start(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        self._pace.has_batch()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        assert isinstance(pl_module, Learner)
        self._pace.has_learned()
        self._step = pl_module.schedule.steps_before(trainer.current_epoch) + batch_idx + 1
        if self._pace.seconds >= self.every_seconds:
            self._tell(trainer, pl_module)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        assert isinstance(pl_module, Learner)
        if self._pace.steps:
            self._tell(trainer, pl_module)

    def _tell(self, trainer: pl.Trainer, learner: Learner) -> None:
        if trainer.is_global_zero:
            self.sink(self._moment(learner))
        self._pace.forget()

    def _moment(self, learner: Learner) -> Moment:
        schedule, pace = learner.schedule, self._pace
        epoch = self.data.epochs_before(self._step)
        share = varied_share(self.data.augment, progress=self._step / schedule.num_steps)
        steps_per_second = pace.steps / max(pace.seconds, 1e-9)
        return Moment(
            step=self._step,
            num_steps=schedule.num_steps,
            tokens_seen=self._step * schedule.tokens_per_step,
            num_tokens=schedule.num_tokens,
            epoch=epoch,
            num_files=self.data.num_training_pieces,
            num_versions=round(epoch * self.data.num_training_pieces * share),
            losses={name: values[-1] for name, values in learner.history.values.items()},
            learning_rate=float(learner.all_optimizers()[0].param_groups[0]["lr"]),
            gradient_norm=learner.watch.gradient_norm,
            tokens_per_second=steps_per_second * schedule.tokens_per_step,
            samples_per_second=steps_per_second * schedule.batch_size,
            loading_share=min(1.0, pace.waited / max(pace.seconds, 1e-9)),
        )
