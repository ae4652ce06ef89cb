"""A corpus folder as the loaders that Lightning asks for. What a window is stands in dataset.py."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Final, TypeVar

import pytorch_lightning as pl
from torch.utils.data import DataLoader, Dataset

from aurl_core.augmentation.params import AugmentParams
from aurl_core.corpus.cache import DEFAULT_LIMIT_BYTES, SplitReader
from aurl_core.errors import InputError, SettingError
from aurl_core.models.likelihood import Batch, Window, collate
from aurl_core.tokens.tokenizer import VOCABULARY_FILE, load_tokenizer
from aurl_core.training.distributed.share import WHOLE, HeldOutBatches, Share
from aurl_core.training.figures import Likelihood
from aurl_core.training.loading.baseline import Bigram
from aurl_core.training.loading.batches import InOrder, LegSampler, Plan, TrainingBatches
from aurl_core.training.loading.buckets import Buckets
from aurl_core.training.loading.complexity import complexity
from aurl_core.training.loading.curriculum import Competence, ContextLengths
from aurl_core.training.loading.dataset import (
    HeldOutWindows,
    TokenIds,
    TrainingWindows,
    varied_pieces,
    whole_pieces,
)
from aurl_core.training.loading.params import (
    ALL_AT_ONCE,
    IN_ORDER,
    SLIDING,
    BatchingConfig,
    CurriculumParams,
    InOrderConfig,
    SequenceParams,
)
from aurl_core.training.loading.workers import IN_PROCESS, Workers
from aurl_core.training.protocol.params import ALL_PIECES, PieceParams
from aurl_core.training.protocol.pieces import chosen, share_of
from aurl_core.training.schedules import Schedule

HELD_OUT: Final = ("validation", "test")
Windows = TypeVar("Windows", bound=TrainingWindows)


class CorpusData(pl.LightningDataModule):
    """The splits of a corpus: endless varied windows to learn from, whole pieces to be measured on."""

    share: Share = WHOLE
    """This process's part of each batch."""

    def __init__(
        self,
        corpus: Path,
        *,
        cache: Path,
        cache_bytes: int = DEFAULT_LIMIT_BYTES,
        augment: AugmentParams,
        schedule: Schedule,
        seed: int,
        sequences: SequenceParams = SLIDING,
        batching: BatchingConfig = IN_ORDER,
        curriculum: CurriculumParams = ALL_AT_ONCE,
        studies: Path | None = None,
        tells_phrase_ends: bool = False,
        workers: Workers = IN_PROCESS,
        pieces: PieceParams = ALL_PIECES,
    ) -> None:
        """`studies` is the folder of their tables, if the curriculum is by them; batches tell where phrases end if
        they are to."""
        super().__init__()
        self.corpus = corpus
        self.cache = cache
        self.cache_bytes = cache_bytes
        self.augment = augment
        self.schedule = schedule
        self.seed = seed
        self.sequences = sequences
        self.batching = batching
        self.curriculum = curriculum
        self.studies = studies
        self.tells_phrase_ends = tells_phrase_ends
        self.workers = workers
        self.tokenizer = load_tokenizer(corpus / VOCABULARY_FILE)
        self._train = share_of(chosen(self._reader("train"), pieces), pieces.share, seed=seed)

    @cached_property
    def held_out(self) -> dict[str, list[TokenIds]]:
        """The token ids of every piece of the validation and the test split."""
        return {split: list(whole_pieces(self._reader(split), self.tokenizer)) for split in HELD_OUT}

    def train_dataloader(self) -> DataLoader[Batch]:
        steps = LegSampler(self.schedule.steps_per_leg, leg=self._next_leg)
        return self.workers.loader(self.training_batches, steps, is_pinned=self._is_on_gpu)

    def val_dataloader(self) -> DataLoader[Window]:
        return self._held_out_loader("validation")

    def test_dataloader(self) -> DataLoader[Window]:
        return self._held_out_loader("test")

    @property
    def num_training_pieces(self) -> int:
        """Pieces of the training split."""
        return len(self._train)

    def epochs_before(self, step: int) -> float:
        """Rounds of the training split that are shown before a step (from 0)."""
        shown = self.plan.num_windows / self.schedule.num_steps * step
        return shown / self.training_windows.windows_per_epoch

    @property
    def training_batches(self) -> TrainingBatches:
        """The rows of each step's batch that this process learns from."""
        return TrainingBatches(
            self.training_windows,
            self.plan,
            lengths=self._context_lengths,
            rank=self.share.rank,
            world_size=self.share.size,
        )

    @cached_property
    def plan(self) -> Plan:
        """Which windows each step shows; the windows hear of how many there are."""
        schedule = self.schedule
        if isinstance(self.batching, InOrderConfig):
            return InOrder(batch_size=schedule.batch_size, num_steps=schedule.num_steps)
        buckets = Buckets(
            self.training_windows.planned_length,
            budget=schedule.tokens_per_step,
            pool=self.batching.pool,
            num_steps=schedule.num_steps,
            seed=self.seed,
        )
        self.training_windows.num_windows = buckets.num_windows
        return buckets

    @cached_property
    def training_windows(self) -> TrainingWindows:
        """What is learned from, without end."""
        return self._windows(TrainingWindows, sequences=self.sequences)

    def _windows(self, make: Callable[..., Windows], **own: Any) -> Windows:
        """The windows of the training split of one kind, with the settings that this kind alone has."""
        return make(
            self._train,
            self.tokenizer,
            self.augment,
            length=self.schedule.context_length,
            num_windows=self.schedule.num_steps * self.schedule.batch_size,
            seed=self.seed,
            competence=self.competence,
            tells_phrase_ends=self.tells_phrase_ends,
            **own,
        )

    @cached_property
    def competence(self) -> Competence:
        """Which pieces are shown when. `SettingError` if they are to be judged by studies that nobody named."""
        params = self.curriculum.complexity
        if not params.is_on:
            return Competence.full(len(self._train))
        if params.of == "studies" and self.studies is None:
            raise SettingError(
                "curriculum.complexity.of studies: the train stage depends on the studies if train.curriculum says so, "
                "not if one of train.protocol.stages does; set train.curriculum.complexity.of to studies"
            )
        studies = self.studies if params.of == "studies" else None
        return Competence.of(complexity(self._train, studies=studies), params)

    def held_out_windows(self, split: str) -> Dataset[Window]:
        """What is measured of a held-out split: every token is predicted once."""
        return HeldOutWindows(self.held_out[split], length=self.schedule.context_length)

    def likelihood(self, split: str, nats: float) -> Likelihood:
        """What `nats` for the whole of a held-out split mean."""
        pieces = self.held_out[split]
        return Likelihood(
            nats,
            num_tokens=sum(len(ids) - 1 for ids in pieces),
            num_notes=sum(int(self.tokenizer.num_notes[ids].sum()) for ids in pieces),
        )

    def bigram_likelihood(self) -> dict[str, Likelihood]:
        """The held-out splits under a bigram model of what training shows."""
        pieces = varied_pieces(self._train, self.tokenizer, self.augment, seed=self.seed)
        bigram = Bigram.count(pieces, vocab_size=self.tokenizer.vocabulary.size)
        return {split: self.likelihood(split, bigram.total_nats(self.held_out[split])) for split in HELD_OUT}

    @property
    def _next_leg(self) -> int:
        """Where training begins: Lightning draws the first batches of a resumed run before it says which leg it is."""
        if not self.trainer:
            return 0
        return int(self.trainer.fit_loop.epoch_progress.current.processed)  # type: ignore[attr-defined]

    @property
    def _context_lengths(self) -> ContextLengths | None:
        params, schedule = self.curriculum.length, self.schedule
        if not params.start:
            return None
        return ContextLengths(params, full=schedule.context_length, num_steps=schedule.num_steps)

    @property
    def _is_on_gpu(self) -> bool:
        return self.trainer is not None and self.trainer.strategy.root_device.type == "cuda"

    def _held_out_loader(self, split: str) -> DataLoader[Window]:
        windows = self.held_out_windows(split)
        numbers, size = range(len(windows)), self.schedule.batch_size  # type: ignore[arg-type]
        batches = (numbers[start : start + size] for start in numbers[::size])
        return DataLoader(windows, batch_sampler=HeldOutBatches(batches, self.share), collate_fn=collate)

    def _reader(self, split: str) -> SplitReader:
        reader = SplitReader.of(self.corpus / f"split={split}", cache=self.cache, limit_bytes=self.cache_bytes)
        if not len(reader):
            raise InputError(
                f"the {split} split of {self.corpus} holds no piece; give ingest more music or the shard section "
                f"a larger share for {split}, then run `dvc repro`"
            )
        return reader
