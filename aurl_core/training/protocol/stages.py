"""A training in stages: each is a training of its own that goes on with the weights of the one before.

So each has its warm-up and decay, its windows and its state on disk, and a killed run goes on in the stage where it
was: `fit` finds those before it finished. The stages as settings are made in plan.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any, cast

from aurl_core.losses.history import LossHistory
from aurl_core.models.registry import Model
from aurl_core.random_streams import stream
from aurl_core.training.callbacks.curve import MetricSink, Point
from aurl_core.training.callbacks.live import LiveSink
from aurl_core.training.callbacks.progress import ProgressSink
from aurl_core.training.callbacks.sampling import Sampler
from aurl_core.training.health.events import Health, later
from aurl_core.training.outcome import Passed, Training
from aurl_core.training.protocol.plan import stages_of
from aurl_core.training.recipe import Recipe
from aurl_core.training.trainer import fit, nobody, unseen


@dataclass(frozen=True, slots=True)
class Part:
    """A stage within the whole: what is told of it counts from the beginning of the first."""

    number: int
    name: str
    recipe: Recipe
    steps_before: int
    tokens_before: int
    num_steps: int
    """Of all stages."""
    num_tokens: int
    """Of all stages."""

    @property
    def folder(self) -> str:
        """Where its state is kept, within the run's folder."""
        return f"stage-{self.number}-{self.name}"

    def progress(self, sink: ProgressSink) -> ProgressSink:
        return lambda done, _: sink(self.tokens_before + done, self.num_tokens)

    def metrics(self, sink: MetricSink) -> MetricSink:
        """Tells the number of the stage, from 0, beside the other figures."""
        return lambda figures, tokens: sink(figures | {"stage": float(self.number)}, self.tokens_before + tokens)

    def live(self, sink: LiveSink) -> LiveSink:
        return lambda moment: sink(
            replace(
                moment,
                step=self.steps_before + moment.step,
                num_steps=self.num_steps,
                tokens_seen=self.tokens_before + moment.tokens_seen,
                num_tokens=self.num_tokens,
            )
        )

    def sampler(self, sampler: Sampler) -> Sampler:
        def sample(model: Model, *, tokens_seen: int) -> dict[str, float]:
            return sampler(model, tokens_seen=self.tokens_before + tokens_seen)

        return sample


def fit_stages(
    recipe: Recipe,
    corpus: Path,
    *,
    checkpoints: Path,
    progress: ProgressSink,
    metrics: MetricSink = nobody,
    live: LiveSink = unseen,
    sampler: Sampler | None = None,
    **shared: Any,
) -> Training:
    """Train through all stages of a recipe: `fit` for each, and for a recipe without stages nothing else.

    `shared` is what else `fit` takes, the same for all stages.
    """
    if not recipe.train.protocol.stages:
        return fit(
            recipe,
            corpus,
            checkpoints=checkpoints,
            progress=progress,
            metrics=metrics,
            live=live,
            sampler=sampler,
            **shared,
        )
    parts, done = parts_of(recipe), list[Training]()
    for part in parts:
        trained = fit(
            part.recipe,
            corpus,
            checkpoints=checkpoints / part.folder,
            progress=part.progress(progress),
            metrics=part.metrics(metrics),
            live=part.live(live),
            sampler=part.sampler(sampler) if sampler else None,
            before=done[-1].model if done else None,
            **shared,
        )
        done.append(trained)
    return joined(parts, done)


def parts_of(recipe: Recipe) -> list[Part]:
    """The stages of a recipe, each with a recipe of its own; each but the first draws windows and noise of its own."""
    stages = stages_of(recipe.train, recipe.augment)
    recipes = [
        replace(recipe, train=stage.train, augment=stage.augment, seed=_seed(recipe.seed, number))
        for number, stage in enumerate(stages)
    ]
    steps, tokens = (_sums([getattr(one.schedule, name) for one in recipes]) for name in ("num_steps", "num_tokens"))
    return [
        Part(number, stage.name, recipes[number], steps[number], tokens[number], steps[-1], tokens[-1])
        for number, stage in enumerate(stages)
    ]


def joined(parts: Sequence[Part], done: Sequence[Training]) -> Training:
    """One training of all stages': the last one's model and figures, the bigram model of the first, and everything
    told on the way. Adapters are kept of a training alone: those of a stage belong to a model that nobody has."""
    points = [
        cast(Point, {**point, "tokens": part.tokens_before + point["tokens"]})
        for part, one in zip(parts, done, strict=True)
        for point in one.curve
    ]
    steps = [part.steps_before for part in parts]
    return replace(
        done[-1],
        curve=points,
        bigram=done[0].bigram,
        tokens_seen=sum(one.tokens_seen for one in done),
        losses=_end_to_end([one.losses for one in done], steps),
        health=_in_a_row([one.health for one in done], steps),
        adapters={},
        origins={name: origin for one in done for name, origin in one.origins.items()},
        stages=[Passed(part.name, part.tokens_before + one.tokens_seen) for part, one in zip(parts, done, strict=True)],
    )


def _end_to_end(histories: Sequence[LossHistory], steps_before: Sequence[int]) -> LossHistory:
    """One history of several, each beginning after so many steps."""
    records: dict[str, list[tuple[int, float]]] = {}
    for before, history in zip(steps_before, histories, strict=True):
        for name, values in history.state().items():
            records.setdefault(name, []).extend((before + step, value) for step, value in values)
    return LossHistory.of(records)


def _in_a_row(healths: Sequence[Health], steps_before: Sequence[int]) -> Health:
    """One record of several: it stopped early if the last stage did."""
    pairs = zip(steps_before, healths, strict=True)
    troubles = [later(event, by=before) for before, health in pairs for event in health.troubles]
    gradients = _end_to_end([health.gradients for health in healths], steps_before)
    return Health(troubles, gradients, healths[-1].stopped)


def _seed(seed: int, number: int) -> int:
    return int(stream(seed, "stage", number).integers(2**63)) if number else seed


def _sums(counts: Sequence[int]) -> list[int]:
    return list(accumulate(counts, initial=0))
