"""What keeps a training's health in view beside the steps: the state to go back to, and the gradients' figures."""

from __future__ import annotations

import numpy as np
import pytorch_lightning as pl

from aurl_core.losses.history import LossHistory
from aurl_core.training.callbacks.curve import MetricSink
from aurl_core.training.health.watch import GRADIENT_NORM
from aurl_core.training.learner import Learner


class HealthMonitor(pl.Callback):
    """Takes the state at each end of a Lightning epoch as the one to go back to, and tells `sink` what the gradient
    norm was in it: `gradient_norm`, the mean, and `gradient_norm_max`; and the `rate_scale`."""

    def __init__(self, sink: MetricSink) -> None:
        self.sink = sink

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        assert isinstance(pl_module, Learner)
        pl_module.keep(pl_module.schedule.steps_before(trainer.current_epoch))

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        assert isinstance(pl_module, Learner)
        first, last = (pl_module.schedule.steps_before(trainer.current_epoch + more) for more in (0, 1))
        pl_module.keep(last)
        figures = gradient_figures(pl_module.watch.history, since_step=first)
        tokens = pl_module.schedule.tokens_before(trainer.current_epoch + 1)
        self.sink(figures | {"rate_scale": pl_module.watch.rate_scale}, tokens)


def gradient_figures(history: LossHistory, *, since_step: int) -> dict[str, float]:
    """Mean and maximum of the gradient norms recorded from a step on; nothing if none was."""
    norms = np.array(history.values.get(GRADIENT_NORM, ()))
    norms = norms[np.array(history.steps.get(GRADIENT_NORM, ())) >= since_step]
    return {GRADIENT_NORM: float(norms.mean()), f"{GRADIENT_NORM}_max": float(norms.max())} if len(norms) else {}
