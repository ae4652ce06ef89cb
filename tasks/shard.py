"""The shard stage: data/quantized becomes data/corpus, split without leaks and tokenized, and its quality is told."""

from __future__ import annotations

from dataclasses import asdict
from typing import ClassVar

from aurl_core.corpus.manifest import SplitFigures
from aurl_core.corpus.params import ShardParams
from aurl_core.corpus.quality.page import write_quality
from aurl_core.corpus.sharded import shard_corpus
from aurl_core.corpus.splits import LeakFigures
from aurl_core.corpus.store import Store
from aurl_core.files import whole_folder
from aurl_core.tokens.losses import Losses
from tasks.params import ClusterParams
from tasks.pool import pool_of
from tasks.progress import progress
from tasks.stage import Paths, StageReport, stage


class ShardReport(StageReport):
    """What the corpus holds."""

    rates: ClassVar[tuple[str, ...]] = ("num_pieces", "num_tokens")
    num_pieces: int
    num_notes: int
    num_tokens: int
    tokens_per_note: float
    vocab_size: int
    vocabulary_hash: str
    """Hex digest of the tokens and the tokenizer's settings."""
    losses: Losses
    """What the vocabulary could not say of the pieces."""
    num_off_grid: int
    """Pieces whose grid the tokenizer's does not contain, so that their times were rounded again."""
    rejections: dict[str, int]
    """Pieces that were too much for their worker, by reason."""
    near_duplicates: LeakFigures
    """What was kept together, and what that prevented."""
    splits: dict[str, SplitFigures]
    """What each split holds, with its pieces' lengths in tokens."""


@stage
def shard(params: ShardParams, paths: Paths, *, cluster: ClusterParams) -> ShardReport:
    """Split and tokenize the quantized pieces, and say what they are like."""
    with (
        whole_folder(paths.of("corpus")) as target,
        Store(paths.store, cluster.store_bytes) as store,
        progress("shard") as report_progress,
    ):
        figures = shard_corpus(
            paths.of("quantized"), target, params, store=store, pool=pool_of(cluster), progress=report_progress
        )
    with whole_folder(paths.of("quality")) as tables, whole_folder(paths.reports / "shard") as pages:
        write_quality(paths.of("parsed"), paths.of("quantized"), paths.of("corpus"), tables=tables, pages=pages)
    return ShardReport(**asdict(figures))
