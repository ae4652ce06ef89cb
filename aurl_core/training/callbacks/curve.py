"""The learning curve, a point an interval; it is part of the checkpoint."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final, NotRequired, TypedDict

import pytorch_lightning as pl

from aurl_core.training.callbacks.interval import IntervalCallback
from aurl_core.training.callbacks.sampling import Sampling
from aurl_core.training.learner import Learner
from aurl_core.training.loading.data_module import CorpusData

MetricSink = Callable[[dict[str, float], int], None]
"""Takes figures by name, and the tokens seen so far."""


class Point(TypedDict):
    """Where the model stood after so many tokens."""

    tokens: int
    train_nats_per_token: float
    validation_nats_per_token: float
    validation_bits_per_note: float
    sample_quality: NotRequired[float]
    """Of what was sampled then, if something was, from 0 to 1."""
    samples: NotRequired[dict[str, float]]
    """The other figures of the samples."""


_log = logging.getLogger(__name__)
_QUALITY: Final = "sample_quality"


class Curve(IntervalCallback):
    """Keeps the points and passes each on to `sink`."""

    def __init__(self, data: CorpusData, sink: MetricSink, sampling: Sampling | None = None) -> None:
        self.data = data
        self.sink = sink
        self.sampling = sampling
        self.points: list[Point] = []

    def on_interval_end(self, trainer: pl.Trainer, learner: Learner, *, tokens_seen: int) -> None:
        validation = self.data.likelihood("validation", float(trainer.callback_metrics["validation_nats"]))
        point = Point(
            tokens=tokens_seen,
            train_nats_per_token=learner.train_nats_per_token,
            validation_nats_per_token=validation.nats_per_token,
            validation_bits_per_note=validation.bits_per_note,
        )
        if self.sampling and self.sampling.figures:
            others = dict(self.sampling.figures)
            point |= {"sample_quality": others.pop(_QUALITY), "samples": others}
        self.points.append(point)
        _log.info("after %(tokens)d tokens %(validation_bits_per_note).3f bits per note of validation", point)
        self.sink(figures_of(point), tokens_seen)

    def state_dict(self) -> dict[str, Any]:
        return {"points": [dict(point) for point in self.points]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.points = state_dict["points"]


def figures_of(point: Point) -> dict[str, float]:
    """All figures of a point by name, flat."""
    flat = {name: value for name, value in point.items() if isinstance(value, float)}
    return flat | point.get("samples", {})
