"""`fit`: from a corpus to a trained model and its figures. It reads from top to bottom; each part lives elsewhere."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from lightning_fabric.utilities.exceptions import MisconfigurationException
from torch import Tensor

from aurl_core.corpus.cache import DEFAULT_LIMIT_BYTES
from aurl_core.errors import SettingError
from aurl_core.losses.landscape import Landscape, survey
from aurl_core.models.likelihood import IGNORED
from aurl_core.models.low_rank import merge_adapters
from aurl_core.models.params import TransformerConfig
from aurl_core.models.registry import Model, build
from aurl_core.models.threads import cpu_threads
from aurl_core.models.vae import VAE
from aurl_core.models.vae_gan import VAEGAN
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import Vocabulary
from aurl_core.training.adversarial import AdversarialLearner
from aurl_core.training.agreement import check_network
from aurl_core.training.callbacks.curve import Curve, MetricSink
from aurl_core.training.callbacks.live import Live, LiveSink, Moment
from aurl_core.training.callbacks.progress import Progress, ProgressSink
from aurl_core.training.callbacks.sampling import Sampler, Sampling
from aurl_core.training.checkpoints.saving import Checkpointing
from aurl_core.training.checkpoints.shelf import Shelf
from aurl_core.training.checkpoints.state import weights_of
from aurl_core.training.distributed.agreement import check_strategy
from aurl_core.training.distributed.pipeline_learner import PipelineLearner
from aurl_core.training.distributed.placement import placement
from aurl_core.training.distributed.share import Share
from aurl_core.training.distributed.world import World
from aurl_core.training.figures import Likelihood
from aurl_core.training.health.monitor import HealthMonitor
from aurl_core.training.health.stopping import Plateau, Stopping, reason_to_stop
from aurl_core.training.learner import Learner, seed_torch
from aurl_core.training.likelihood import LikelihoodLearner
from aurl_core.training.loading.data_module import CorpusData
from aurl_core.training.loading.segment_data import SegmentData
from aurl_core.training.loading.workers import IN_PROCESS, Workers, lost_workers_told
from aurl_core.training.optimization.precision import arithmetic
from aurl_core.training.outcome import Training
from aurl_core.training.params import TrainParams
from aurl_core.training.protocol.bundles import origins
from aurl_core.training.protocol.start import begin
from aurl_core.training.protocol.teacher import Teacher
from aurl_core.training.recipe import Recipe
from aurl_core.training.schedules import Schedule
from aurl_core.training.variational import VariationalLearner


def nobody(figures: dict[str, float], tokens_seen: int) -> None:
    """A sink of metrics that keeps nothing."""


def unseen(moment: Moment) -> None:
    """A sink of moments that shows nothing."""


def fit(
    recipe: Recipe,
    corpus: Path,
    *,
    checkpoints: Path,
    cache: Path,
    cache_bytes: int = DEFAULT_LIMIT_BYTES,
    progress: ProgressSink,
    metrics: MetricSink = nobody,
    live: LiveSink = unseen,
    sampler: Sampler | None = None,
    workers: Workers = IN_PROCESS,
    studies: Path | None = None,
    before: Model | None = None,
) -> Training:
    """Train a model on `corpus`, going on where a killed run of the same recipe and corpus was, whose state is in the
    folder `checkpoints`; `cache` is that of the split readers, of at most `cache_bytes`; `workers` make the batches,
    `studies` may judge pieces. The same recipe, corpus, machine and threads give the same weights, to the bit; a stage
    goes on from the model `before` it.
    """
    params, world = recipe.train, World.here()
    check_network(params, recipe.model)
    check_strategy(params, recipe.model, num_processes=world.size)
    with cpu_threads(params.num_threads or world.num_threads), _quiet_lightning():
        data = data_of(recipe, corpus, cache=cache, cache_bytes=cache_bytes, workers=workers, studies=studies)
        learner = begun(recipe, data.tokenizer.vocabulary, before=before)
        learner.share = data.share = Share.of(params.strategy, world)
        curve = Curve(data, metrics, Sampling(sampler) if sampler else None)
        watching = [Progress(progress), Live(data, live), HealthMonitor(metrics), *_judging(curve, params)]
        shelf, place = Shelf(checkpoints, params.checkpoints), placement(params.strategy, world, model=recipe.model)
        place |= arithmetic(params, learner.scaler)
        trainer = _trainer(params, recipe.schedule, place, [*watching, Checkpointing(shelf, curve)])
        with lost_workers_told(), shelf.resumed() as state:
            trainer.fit(learner, datamodule=data, ckpt_path=state, weights_only=True)
        learner.finish(weights_of(shelf.best().folder) if params.checkpoints.use == "best" else None)
        likelihood = _measured(trainer, learner, data)
        landscape = _landscape(learner, data) if params.landscape_points else None
    whole = learner.whole().cpu().eval()
    return Training(
        whole,
        curve.points,
        likelihood,
        data.bigram_likelihood(),
        curve.points[-1]["tokens"],
        learner.history,
        learner.watch.record(stopped=_stopped(curve, recipe)),
        landscape,
        adapters=merge_adapters(whole),
        origins=origins(params.protocol),
    )


def _judging(curve: Curve, params: TrainParams) -> list[pl.Callback]:
    """What happens at the end of an interval, in this order."""
    sampling = [curve.sampling] if curve.sampling else []
    plateau = [Plateau(params.stopping.plateau, curve)] if params.stopping.plateau else []
    return [*sampling, curve, *plateau, Stopping(params.stopping, curve)]


def _stopped(curve: Curve, recipe: Recipe) -> str | None:
    """Why it did, if it did not go to the end."""
    num_tokens = recipe.schedule.num_tokens
    if curve.points[-1]["tokens"] >= num_tokens:
        return None
    return reason_to_stop(curve.points, recipe.train.stopping, num_tokens=num_tokens)


def data_of(
    recipe: Recipe, corpus: Path, *, cache: Path, cache_bytes: int, workers: Workers, studies: Path | None
) -> CorpusData:
    """Windows of any tokens for a network that reads on and on, segments of bars for one with latents."""
    make = (
        CorpusData
        if isinstance(recipe.model, TransformerConfig)
        else partial(SegmentData, bars=recipe.model.latent.bars)
    )
    return make(
        corpus,
        cache=cache,
        cache_bytes=cache_bytes,
        augment=recipe.augment,
        schedule=recipe.schedule,
        seed=recipe.seed,
        sequences=recipe.train.sequences,
        batching=recipe.train.batching,
        curriculum=recipe.train.curriculum,
        studies=studies,
        tells_phrase_ends="phrase_end_cross_entropy" in recipe.train.losses.weights,
        workers=workers,
        pieces=recipe.train.protocol.pieces,
    )


def begun(recipe: Recipe, vocabulary: Vocabulary, *, before: Model | None) -> Learner:
    """Who teaches the network, which stands where its training begins."""
    seed_torch(recipe.seed, "model")
    traits = TokenTraits.of(vocabulary)
    model = build(recipe.model, traits)
    begin(model, recipe.train.protocol, before=before, vocabulary=vocabulary)
    return _learner(recipe, model, traits, vocabulary)


def _learner(recipe: Recipe, model: Model, traits: TokenTraits, vocabulary: Vocabulary) -> Learner:
    """Who teaches a network of this mode."""
    if isinstance(model, VAEGAN):
        return AdversarialLearner(model, recipe.train, recipe.schedule, traits=traits, seed=recipe.seed)
    if isinstance(model, VAE):
        return VariationalLearner(model, recipe.train, recipe.schedule, traits=traits, seed=recipe.seed)
    teacher = Teacher.of(recipe.train.protocol, student=model.config, vocabulary=vocabulary)
    make = PipelineLearner if recipe.train.strategy.kind == "pipeline" else LikelihoodLearner
    return make(model, recipe.train, recipe.schedule, traits=traits, seed=recipe.seed, teacher=teacher)


def _measured(trainer: pl.Trainer, learner: Learner, data: CorpusData) -> dict[str, Likelihood]:
    """The held-out splits under what was learnt, in fp32."""
    found = {}
    for split, measure in (("validation", trainer.validate), ("test", trainer.test)):
        measure(learner, datamodule=data, verbose=False)
        found[split] = data.likelihood(split, float(trainer.callback_metrics[f"{split}_nats"]))
    return found


def _landscape(learner: Learner, data: CorpusData) -> Landscape:
    """The nats/token of the first batch of validation on a plane through the weights."""
    batch = next(iter(data.val_dataloader()))
    num_targets = int((batch.targets_BT != IGNORED).sum())
    seed_torch(learner.seed, "landscape")

    def loss() -> Tensor:
        seed_torch(learner.seed, "landscape", 1)
        return learner.nats(batch) / num_targets

    return survey(learner.cpu().eval().model, loss, num_points=learner.params.landscape_points)


def _trainer(
    params: TrainParams, schedule: Schedule, place: dict[str, Any], callbacks: list[pl.Callback]
) -> pl.Trainer:
    """One Lightning epoch is one leg: it ends with a checkpoint, the last of an interval with a validation, too."""
    try:
        return pl.Trainer(
            accelerator=params.accelerator,
            **place,
            max_epochs=schedule.num_legs,
            check_val_every_n_epoch=schedule.legs_per_interval,
            callbacks=callbacks,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
            use_distributed_sampler=False,
        )
    except MisconfigurationException as error:
        raise SettingError(
            f"train.accelerator {params.accelerator!r} cannot be used here ({error}); auto takes what there is, "
            "the other values are cpu, cuda and mps"
        ) from error


@contextmanager
def _quiet_lightning() -> Iterator[None]:
    """Without Lightning's remarks on the machine, on loaders without workers (ours take a few percent of a step), on
    figures that all processes have anyway and on its own use of torch."""
    loggers = [logging.getLogger(name) for name in ("pytorch_lightning", "lightning_fabric")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*does not have many workers.*")
        warnings.filterwarnings("ignore", ".*LeafSpec.* is deprecated", FutureWarning)
        warnings.filterwarnings("ignore", ".*when logging on epoch level in distributed setting.*")
        yield
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)
