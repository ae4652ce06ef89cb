"""When a training has come far enough, or wants a lower rate: rules over its curve. Their settings are in params.py.

What is decided follows from the points alone, which are part of every checkpoint: a training that was stopped and is
begun again stops at once.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytorch_lightning as pl

from aurl_core.training.callbacks.curve import Curve, Point, figures_of
from aurl_core.training.callbacks.interval import IntervalCallback
from aurl_core.training.health.params import PlateauParams, Rule, StoppingParams
from aurl_core.training.learner import Learner

_log = logging.getLogger(__name__)


class Stopping(IntervalCallback):
    """Ends the training at the validation at which its rules are met; it has to come after the curve."""

    def __init__(self, params: StoppingParams, curve: Curve) -> None:
        self.params = params
        self.curve = curve

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        assert isinstance(pl_module, Learner)
        self._stop_when_due(trainer, pl_module)

    def on_interval_end(self, trainer: pl.Trainer, learner: Learner, *, tokens_seen: int) -> None:
        reason = self._stop_when_due(trainer, learner)
        if reason and tokens_seen < learner.schedule.num_tokens:
            _log.warning("stopped after %d of %d tokens: %s", tokens_seen, learner.schedule.num_tokens, reason)

    def _stop_when_due(self, trainer: pl.Trainer, learner: Learner) -> str | None:
        reason = reason_to_stop(self.curve.points, self.params, num_tokens=learner.schedule.num_tokens)
        if trainer.strategy.reduce_boolean_decision(reason is not None, all=False):
            trainer.should_stop = True
        return reason


class Plateau(IntervalCallback):
    """Lowers the learning rate at a validation that shows no progress; it has to come after the curve."""

    def __init__(self, params: PlateauParams, curve: Curve) -> None:
        self.params = params
        self.curve = curve

    def on_interval_end(self, trainer: pl.Trainer, learner: Learner, *, tokens_seen: int) -> None:
        level, scale = is_level(self.params.rule, self.curve.points), learner.watch.rate_scale
        if trainer.strategy.reduce_boolean_decision(level, all=False) and scale > self.params.least_scale:
            learner.watch.rate_scale = max(scale * self.params.factor, self.params.least_scale)
            metric, share = self.params.rule.metric, learner.watch.rate_scale
            _log.warning("%s is level; from now on the learning rate is %.3g times the schedule's", metric, share)


def is_level(rule: Rule, points: Sequence[Point]) -> bool:
    """Is it at the last point that `patience` validations without improvement are over, for the first time or again?"""
    since = since_best(rule, [figures_of(point) for point in points])
    return since > 0 and since % rule.patience == 0


def reason_to_stop(points: Sequence[Point], params: StoppingParams, *, num_tokens: int) -> str | None:
    """Why a training with this curve and a budget of `num_tokens` should stop at its last point; None if it should not.

    >>> params = StoppingParams(rules=[Rule(metric="validation_nats_per_token", patience=2)])
    >>> nats = {"train_nats_per_token": 1.0, "validation_bits_per_note": 9.0}
    >>> points = [Point(tokens=100, validation_nats_per_token=value, **nats) for value in (2.0, 1.0, 3.0, 4.0)]
    >>> reason_to_stop(points, params, num_tokens=1000)
    'validation_nats_per_token has not improved on 1 for 2 validations'
    """
    if not params.rules or not points or points[-1]["tokens"] < params.least_share * num_tokens:
        return None
    figures = [figures_of(point) for point in points]
    met = [_said(rule, figures) for rule in params.rules if since_best(rule, figures) >= rule.patience]
    enough = 1 if params.when == "any" else len(params.rules)
    return " and ".join(met) if len(met) >= enough else None


def since_best(rule: Rule, points: Sequence[Mapping[str, Any]]) -> int:
    """Validations after the last one that was an improvement; points without the figure do not count."""
    best, since = -math.inf, 0
    for value in _values(rule, points):
        if value > best + (rule.min_delta if math.isfinite(best) else 0.0):
            best, since = value, 0
        else:
            since += 1
    return since


def _said(rule: Rule, points: Sequence[Mapping[str, Any]]) -> str:
    best = max(_values(rule, points)) * (1 if rule.is_more_better else -1)
    return f"{rule.metric} has not improved on {best:.4g} for {since_best(rule, points)} validations"


def _values(rule: Rule, points: Sequence[Mapping[str, Any]]) -> list[float]:
    """The figure at each point that has it, so that more is better; what is no number is the worst."""
    sign = 1.0 if rule.is_more_better else -1.0
    values = [sign * point[rule.metric] for point in points if rule.metric in point]
    return [-math.inf if math.isnan(value) else value for value in values]
