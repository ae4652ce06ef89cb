"""The written summary of a training: what was trained, how it went, and what to try next; nothing of the clock.

The advice itself is in advice.py, the pictures in curve_plot.py and loss_plot.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aurl_core.losses.history import LossHistory
from aurl_core.training.health.advice import Course, advice
from aurl_core.training.health.events import told
from aurl_core.training.health.watch import GRADIENT_NORM
from aurl_core.training.optimization.clipping_params import NormClip
from aurl_core.training.outcome import Training
from aurl_core.training.recipe import Recipe


def write_summary(training: Training, recipe: Recipe) -> str:
    """The page, Markdown. Same input, same text."""
    course = course_of(training, recipe)
    parts = (
        ["# Training summary", "", *_trained(training, recipe)],
        ["", "## What to try next", "", *_advice(course)],
        ["", "## How well it predicts", "", *_likelihoods(training)],
        ["", "## The curve", "", *_curve(course)],
        ["", "## Losses and gradients", "", *_losses(course, training.losses)],
        ["", "## What went wrong", "", *_troubles(course)],
    )
    return "\n".join(line for part in parts for line in part) + "\n"


def course_of(training: Training, recipe: Recipe) -> Course:
    """What the rules look at."""
    clip = recipe.train.optimizer.clip
    return Course(
        training.curve,
        training.likelihood["validation"],
        training.bigram.get("validation"),
        training.health,
        clip.norm if isinstance(clip, NormClip) else None,
    )


def _trained(training: Training, recipe: Recipe) -> list[str]:
    train, model = recipe.train, recipe.model
    rows = [
        ["network", f"{model.mode}, {training.model.num_parameters:,} parameters"],
        ["tokens seen", f"{training.tokens_seen:,} of a budget of {train.budget_tokens:,}"],
        ["a step", f"{train.batch_size} windows of {model.context_length} tokens"],
        ["optimizer", f"{train.optimizer.kind}, learning rate {train.optimizer.learning_rate:g}"],
        ["seed", str(recipe.seed)],
    ]
    return _table(("", ""), rows)


def _advice(course: Course) -> list[str]:
    found = advice(course)
    return [f"{number}. {one}" for number, one in enumerate(found, start=1)] or [
        "No rule has anything to say: nothing went wrong, and the curve ends level at its minimum."
    ]


def _likelihoods(training: Training) -> list[str]:
    named = training.likelihood | {f"bigram, {split}": one for split, one in training.bigram.items()}
    rows = [
        [name, f"{one.nats_per_token:.4f}", f"{one.perplexity:.3f}", f"{one.bits_per_note:.3f}"]
        for name, one in named.items()
    ]
    return _table(("", "nats/token", "perplexity", "bits/note"), rows)


def _curve(course: Course) -> list[str]:
    has_samples = any("sample_quality" in point for point in course.points)
    rows = [
        [
            f"{point['tokens']:,}",
            f"{point['train_nats_per_token']:.4f}",
            f"{point['validation_nats_per_token']:.4f}" + (" (lowest)" if number == course.best else ""),
            f"{point['validation_bits_per_note']:.3f}",
            *([f"{point.get('sample_quality', np.nan):.3f}"] if has_samples else []),
        ]
        for number, point in enumerate(course.points)
    ]
    names = ("tokens", "train nats/token", "validation nats/token", "bits/note", "sample quality")
    said = (
        []
        if course.health.stopped is None
        else ["", f"It stopped before its budget was spent: {course.health.stopped}."]
    )
    return _table(names if has_samples else names[:-1], rows) + said


def _losses(course: Course, losses: LossHistory) -> list[str]:
    stability = losses.stability() | course.health.gradients.stability()
    rows = [
        [f"`{name}`", f"{one.mean:.4g}", f"{one.deviation:.2g}", str(one.num_spikes), one.verdict]
        for name, one in stability.items()
    ]
    norms = np.array(course.health.gradients.values.get(GRADIENT_NORM, ()))
    lines = _table(("", "mean of the last hundred", "deviation", "spikes", "verdict"), rows)
    if len(norms):
        lines += ["", f"Gradient norm before clipping: median {np.median(norms):.3g}, largest {norms.max():.3g}."]
    if len(norms) and course.clip_norm is not None:
        lines[-1] += (
            f" {(norms > course.clip_norm).mean():.0%} of the steps were above `clip.norm` {course.clip_norm:g}."
        )
    return lines


def _troubles(course: Course) -> Iterator[str]:
    if not course.health.troubles:
        yield "Nothing."
    for event in course.health.troubles:
        yield f"* {told(event)}"


def _table(names: tuple[str, ...], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (names, ["---"] * len(names), *rows)]
