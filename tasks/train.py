"""The train stage: data/corpus to data/models, the model bundle."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import ClassVar

from aurl_core.augmentation.params import AugmentParams
from aurl_core.files import whole_folder
from aurl_core.losses.landscape_plot import draw_landscape
from aurl_core.models.params import ModelConfig
from aurl_core.models.registry import Model
from aurl_core.training.bundle import write_bundle
from aurl_core.training.checkpoints.run import begin_run, forget_finished, mark_finished
from aurl_core.training.curve_plot import draw_curve
from aurl_core.training.health.summary import write_summary
from aurl_core.training.loading.workers import Workers
from aurl_core.training.loss_plot import draw_losses
from aurl_core.training.outcome import Training
from aurl_core.training.params import TrainParams
from aurl_core.training.protocol.stages import fit_stages
from aurl_core.training.recipe import Recipe
from tasks.params import ClusterParams, Params, TrackingParams
from tasks.sketches import Sketches
from tasks.stage import Paths, StageReport, stage
from tasks.watching.events import SKETCHES
from tasks.watching.watch import watching


class TrainReport(StageReport):
    """How well the trained model predicts held-out pieces; the bigram model predicts the very same tokens."""

    rates: ClassVar[tuple[str, ...]] = ("tokens_seen",)
    validation_nats_per_token: float
    validation_perplexity: float
    validation_bits_per_note: float
    test_nats_per_token: float
    test_perplexity: float
    test_bits_per_note: float
    bigram_validation_nats_per_token: float
    bigram_validation_perplexity: float
    bigram_validation_bits_per_note: float
    bigram_test_nats_per_token: float
    bigram_test_perplexity: float
    bigram_test_bits_per_note: float
    num_parameters: int
    tokens_seen: int


@stage
def train(
    params: TrainParams,
    paths: Paths,
    *,
    model: ModelConfig,
    augment: AugmentParams,
    seed: int,
    cluster: ClusterParams,
    tracking: TrackingParams,
) -> TrainReport:
    """Train a model, going on where a killed run of the same settings was."""
    corpus, recipe = paths.of("corpus"), Recipe(params, model, augment, seed)
    studies = _studies(params, paths)
    identity, cache = recipe.identity(corpus, studies=studies), paths.store / "splits"
    run = paths.checkpoints / identity.key
    forget_finished(paths.checkpoints, but=run)
    begin_run(run, identity, corpus=corpus)
    sketches = Sketches.of(corpus, run / SKETCHES, params.num_samples, seed) if params.num_samples else None
    with watching(run, tracking, recipe.settings()) as watch:
        done = fit_stages(
            recipe,
            corpus,
            checkpoints=run,
            cache=cache,
            cache_bytes=cluster.store_bytes,
            progress=watch.progress,
            metrics=watch.figures,
            live=watch.moment,
            sampler=sketches,
            workers=Workers(cluster.loader_workers, cluster.prefetch),
            studies=studies,
        )
    with whole_folder(paths.of("models")) as folder:
        write_bundle(folder, done, corpus=corpus)
    with whole_folder(paths.reports / "train") as folder:
        _write_report(folder, done, recipe)
        if sketches:
            shutil.copytree(sketches.folder, folder / "sketches")
    mark_finished(run)
    return TrainReport.model_validate(done.figures())


def _write_report(folder: Path, done: Training, recipe: Recipe) -> None:
    """The training in words and pictures."""
    (folder / "summary.md").write_text(write_summary(done, recipe), encoding="utf-8")
    (folder / "curve.svg").write_text(draw_curve(done.curve, done.bigram["validation"], done.stages), encoding="utf-8")
    (folder / "losses.svg").write_text(draw_losses(done.losses), encoding="utf-8")
    (folder / "gradients.svg").write_text(draw_losses(done.health.gradients), encoding="utf-8")
    if done.landscape:
        drawn = draw_landscape(done.landscape, label="nats per token")
        (folder / "landscape.svg").write_text(drawn, encoding="utf-8")


def take_part(params: Params) -> None:
    """Do the share of one of the other processes of a training; what comes of it is written by the first."""
    corpus, recipe = params.paths.of("corpus"), Recipe(params.train, params.model, params.augment, params.seed)
    studies = _studies(params.train, params.paths)
    fit_stages(
        recipe,
        corpus,
        studies=studies,
        checkpoints=params.paths.checkpoints / recipe.key(corpus, studies=studies),
        cache=params.paths.store / "splits",
        cache_bytes=params.cluster.store_bytes,
        progress=lambda done, total: None,
        sampler=_unheard if params.train.num_samples else None,
        workers=Workers(params.cluster.loader_workers, params.cluster.prefetch),
    )


def _studies(params: TrainParams, paths: Paths) -> Path | None:
    """Where the studies are, if pieces are judged by them."""
    return paths.of("studies") if params.curriculum.complexity.of == "studies" else None


def _unheard(model: Model, *, tokens_seen: int) -> dict[str, float]:
    """A sampler that takes part in putting the model together and leaves the music to the first process."""
    return {}
