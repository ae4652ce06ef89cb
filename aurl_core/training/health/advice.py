"""What to try next, from what a training was like: a rule a function, each a finding with what to do about it, or None.

The thresholds are rules of thumb; each finding names the figures that it rests on, so that a reader can judge. The page
on which they stand is made in summary.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from aurl_core.training.callbacks.curve import Point
from aurl_core.training.figures import Likelihood
from aurl_core.training.health.events import Health
from aurl_core.training.health.watch import GRADIENT_NORM

_GAIN: Final = 0.01
"""Less than one percent between two validations is level."""
_GAP: Final = 0.15
"""Of nats/token, between what was learned from and what was held out."""
_OFTEN_CLIPPED: Final = 0.5
_FAR_ABOVE_CLIP: Final = 3.0
_BARELY: Final = 0.9
_AGREES: Final = 0.5


@dataclass(frozen=True, slots=True)
class Course:
    """How a training went."""

    points: Sequence[Point]
    validation: Likelihood
    bigram: Likelihood | None
    """Of the validation split, too; None if nobody counted."""
    health: Health
    clip_norm: float | None
    """Gradients were scaled down to it; None if they were limited in another way, or not."""

    @property
    def nats(self) -> list[float]:
        """Nats/token of validation at each point."""
        return [point["validation_nats_per_token"] for point in self.points]

    @property
    def best(self) -> int:
        """The number of the point with the lowest."""
        return int(np.argmin(self.nats))


def minimum_was_earlier(course: Course) -> str | None:
    """Did validation rise after its minimum?"""
    nats, best = course.nats, course.best
    if nats[-1] <= nats[best] * (1 + _GAIN):
        return None
    tokens = course.points[best]["tokens"]
    return (
        f"Validation was lowest after {tokens:,} tokens ({nats[best]:.3f} nats/token) and rose to {nats[-1]:.3f}: from "
        "there on it learned its pieces by heart. Keep the best state (`train.checkpoints.use: best`, which needs no "
        f"training), or spend about {tokens:,} tokens (`train.budget_tokens`); more `model.dropout`, more of `augment` "
        "or more music move the minimum further."
    )


def still_fell(course: Course) -> str | None:
    """Was validation still getting better at the end?"""
    nats = course.nats
    if len(nats) < 2 or course.best < len(nats) - 1 or nats[-1] > nats[-2] * (1 - _GAIN):
        return None
    return (
        f"Validation still fell at the end, by {1 - nats[-1] / nats[-2]:.1%} in the last interval. Where the rate "
        "decays at the end, much of that is the decay; all the same try a larger `train.budget_tokens` first."
    )


def gap_is_wide(course: Course) -> str | None:
    """Is what is learned from predicted far better than what is held out?"""
    last = course.points[-1]
    learnt, held_out = last["train_nats_per_token"], last["validation_nats_per_token"]
    if learnt > held_out * (1 - _GAP):
        return None
    return (
        f"What it learns from it predicts with {learnt:.3f} nats/token, what it never saw with {held_out:.3f}: it "
        "knows its pieces by heart. More music helps most; else more `model.dropout`, `train.optimizer.weight_decay` "
        "or `augment`, or a smaller model."
    )


def is_no_better_than_counting(course: Course) -> str | None:
    """Does it beat the bigram model clearly?"""
    if course.bigram is None or course.validation.nats_per_token < course.bigram.nats_per_token * _BARELY:
        return None
    return (
        f"It predicts validation with {course.validation.nats_per_token:.3f} nats/token, a table of which token "
        f"follows which with {course.bigram.nats_per_token:.3f}: it has hardly learned. Raise `train.budget_tokens`; "
        "if the curve is level, try half and twice the `train.optimizer.learning_rate`."
    )


def gradients_were_clipped(course: Course) -> str | None:
    """Were most gradients far larger than what they are scaled down to?"""
    norms = np.array(course.health.gradients.values.get(GRADIENT_NORM, ()))
    if course.clip_norm is None or not len(norms):
        return None
    share, usual = float((norms > course.clip_norm).mean()), float(np.median(norms))
    if share < _OFTEN_CLIPPED or usual < _FAR_ABOVE_CLIP * course.clip_norm:
        return None
    return (
        f"{share:.0%} of the gradients were scaled down to `train.optimizer.clip.norm` {course.clip_norm:g}; the "
        f"median norm is {usual:.3g}. So nearly every step is of the same length: raise the limit towards {usual:.2g}, "
        "take `train.optimizer.clip.kind: adaptive`, or lower the `learning_rate`."
    )


def it_went_wrong(course: Course) -> str | None:
    """Was it sent back?"""
    back = [event for event in course.health.troubles if event["action"] == "rolled back"]
    if not back:
        return None
    return (
        f"It was sent back {len(back)} time(s) and ended at {back[-1]['rate_scale']:.3g} of the schedule's learning "
        "rate. Begin with a lower `train.optimizer.learning_rate`, or a longer `warmup_share`; in a low precision try "
        "`train.precision: fp32`."
    )


def gradients_spiked(course: Course) -> str | None:
    """Were there spikes of the gradient that were not undone?"""
    stability = course.health.gradients.stability().get(GRADIENT_NORM)
    steps = len(course.health.gradients.values.get(GRADIENT_NORM, ()))
    if stability is None or stability.num_spikes < max(5, steps / 100):
        return None
    return (
        f"The gradient norm leapt {stability.num_spikes} times in {steps} steps to more than six deviations above its "
        "mean. A lower `train.optimizer.learning_rate` or a larger `train.batch_size` makes it calmer."
    )


def samples_loop(course: Course) -> str | None:
    """Do the last samples repeat themselves as no real piece does?"""
    agreement = course.points[-1].get("samples", {}).get("sample_repeated_bar_rate")
    if agreement is None or agreement >= _AGREES:
        return None
    return (
        f"The last samples repeat bars as real pieces do not (agreement {agreement:.2f}). Sample them warmer "
        "(`generate.sampling.temperature`); it often passes with more training."
    )


def samples_are_off(course: Course) -> str | None:
    """In which other measures do the last samples disagree with real music?"""
    parts = course.points[-1].get("samples", {})
    off = {name: value for name, value in parts.items() if value < _AGREES and name != "sample_repeated_bar_rate"}
    if not off:
        return None
    named = ", ".join(f"{name.removeprefix('sample_').replace('_', ' ')} {value:.2f}" for name, value in off.items())
    return f"The last samples are unlike real pieces in {named} (1 is like them). Listen to them in `sketches/`."


RULES: Final[tuple[Callable[[Course], str | None], ...]] = (
    it_went_wrong,
    is_no_better_than_counting,
    minimum_was_earlier,
    gap_is_wide,
    still_fell,
    gradients_were_clipped,
    gradients_spiked,
    samples_loop,
    samples_are_off,
)


def advice(course: Course) -> list[str]:
    """What all the rules have to say, the most pressing first."""
    return [said for rule in RULES if (said := rule(course))]
