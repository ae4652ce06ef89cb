"""One training among many: fitted, kept where it can go on from, recorded as an MLflow run. No model comes of it.

What many trainings are for is said in tune.py and scaling.py; the stage whose model is kept is in train.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from aurl_core.errors import MissingError
from aurl_core.training.loading.workers import Workers
from aurl_core.training.protocol.stages import fit_stages
from aurl_core.training.recipe import Recipe
from tasks.params import Params
from tasks.profiles import with_settings
from tasks.trial_runs import TrialRun, trial_run

MetricSink = Callable[[dict[str, float], int], None]
"""Takes figures by name, and the tokens seen so far."""


@dataclass(frozen=True, slots=True)
class Trainings:
    """Where and how they run; it survives pickling, so that other processes can run some of them."""

    params: Params
    root: Path
    folder: Path
    """For checkpoints, a folder a training."""
    key: str
    """What the MLflow runs of these trainings are found by again."""
    parent_id: str = ""
    """The MLflow run of all of them."""

    def recipe(self, settings: dict[str, Any], source: str) -> Recipe:
        """What is trained with some settings in place of params.yaml's; SettingError if they cannot be used."""
        params = with_settings(self.params, settings, source)
        return Recipe(params.train, params.model, params.augment, params.seed)

    def run(
        self, name: str, settings: dict[str, Any], *, shown: dict[str, Any], metrics: MetricSink
    ) -> dict[str, float]:
        """Train, or go on where it was; the figures at the end. MLflow is told the settings in `shown`.

        What `metrics` raises ends the training.
        """
        recipe, paths = self.recipe(settings, name), self.params.paths
        corpus = paths.of("corpus")
        studies = paths.of("studies") if recipe.train.curriculum.complexity.of == "studies" else None
        run = TrialRun(self.params.tracking, self.root, f"{self.key}/{name}", name, self.parent_id)

        def tell(figures: dict[str, float], tokens_seen: int) -> None:
            run.add(figures, tokens_seen)
            metrics(figures, tokens_seen)

        with trial_run(run, shown):
            done = fit_stages(
                recipe,
                corpus,
                checkpoints=self.folder / name / recipe.key(corpus, studies=studies),
                cache=paths.store / "splits",
                cache_bytes=self.params.cluster.store_bytes,
                progress=lambda done, total: None,
                metrics=tell,
                workers=Workers(self.params.cluster.loader_workers, self.params.cluster.prefetch),
                studies=studies,
            )
            figures = done.figures()
            run.add(figures, done.tokens_seen)
        return figures


def corpus_hash(params: Params) -> str:
    """What the trainings of a search or a ladder learn from; MissingError if there is none."""
    manifest = params.paths.of("corpus") / "manifest.json"
    if not manifest.is_file():
        raise MissingError(f"{manifest} is missing: the shard stage has not run; run `dvc repro shard`")
    return sha256(manifest.read_bytes()).hexdigest()
