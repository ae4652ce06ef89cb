"""From quantized shards to the corpus: token ids, splits that share no music, a manifest.

Each set is surveyed in a worker (survey.py); when all clusters are known, this process deals the pieces out to the
splits. Only one set is in memory at a time, and a signature a line.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aurl_core.chunks import ChunkPool
from aurl_core.corpus.arrays import array_of
from aurl_core.corpus.lengths import length_figures
from aurl_core.corpus.manifest import CorpusFigures, SplitFigures, write_manifest
from aurl_core.corpus.params import ShardParams
from aurl_core.corpus.schema import CORPUS_PIECES
from aurl_core.corpus.shards import CORPUS, PieceTables, ShardWriter, read_shard, rows_per_piece, shard_files
from aurl_core.corpus.similarity import near_duplicates
from aurl_core.corpus.splits import SPLITS, Split, assign_splits, cluster_ids, leak_figures
from aurl_core.corpus.survey import Survey, survey_corpus, token_ids_of
from aurl_core.errors import InputError
from aurl_core.tokens.normal_form import Losses
from aurl_core.tokens.tokenizer import VOCABULARY_FILE, build_tokenizer


@dataclass(frozen=True, slots=True, eq=False)
class _Census:
    """All pieces in the order of the sets, with the cluster and the split of each."""

    piece_ids: list[str]
    fingerprints: list[str]
    clusters: list[str]
    splits: list[Split]


@dataclass(slots=True)
class _Tally:
    """One number a piece of what a split was dealt."""

    clusters: set[str] = field(default_factory=set)
    num_notes: list[int] = field(default_factory=list)
    num_tokens: list[int] = field(default_factory=list)
    duration_seconds: list[float] = field(default_factory=list)

    def add(self, pieces: pa.Table) -> None:
        self.clusters.update(pieces["cluster_id"].to_pylist())
        self.num_notes += pieces["num_notes"].to_pylist()
        self.num_tokens += pc.list_value_length(pieces["token_ids"]).to_pylist()
        self.duration_seconds += pieces["duration_seconds"].to_pylist()

    def figures(self, context_lengths: Sequence[int]) -> SplitFigures:
        return SplitFigures(
            num_pieces=len(self.num_notes),
            num_clusters=len(self.clusters),
            num_notes=sum(self.num_notes),
            num_tokens=sum(self.num_tokens),
            duration_seconds=sum(self.duration_seconds),
            lengths=length_figures(self.num_tokens, context_lengths),
        )


def shard_corpus(
    source: Path, target: Path, params: ShardParams, *, pool: ChunkPool, progress: Callable[[int, int], None]
) -> CorpusFigures:
    """Split and tokenize the sets of `source` (quantized) into `target`, with vocabulary.json and manifest.json.

    Progress counts each set twice: surveyed and dealt out. `MissingError` if `source` holds no sets, `InputError` if
    they hold no piece, `AurlError` if a worker was lost over one.
    """
    files, surveys = shard_files(source), list[Survey]()
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target) as folder:
        scratch = Path(folder)
        for survey in survey_corpus(files, scratch, params, pool=pool):
            surveys.append(survey)
            progress(len(surveys), 2 * len(files))
        census = _census(surveys, source, params)
        dealer = _Dealer(target, census, params.notes_per_shard)
        for done, file in enumerate(files, start=1):
            dealer.deal(read_shard(file), token_ids_of(file, scratch))
            progress(len(files) + done, 2 * len(files))
        tallies = dealer.close()
    build_tokenizer(params.tokenizer).save(target / VOCABULARY_FILE)
    figures = _figures(tallies, census, surveys, params)
    write_manifest(target, figures, piece_ids=census.piece_ids, clusters=census.clusters)
    return figures


class _Dealer:
    """Deals the pieces of one set after the other out to the splits' shards."""

    def __init__(self, target: Path, census: _Census, notes_per_shard: int) -> None:
        self._census = census
        self._writers = {split: ShardWriter(target / f"split={split}", CORPUS, notes_per_shard) for split in SPLITS}
        self._tallies = {split: _Tally() for split in SPLITS}
        self._num_dealt = 0

    def deal(self, shard: PieceTables, token_ids: pa.ChunkedArray) -> None:
        mine = slice(self._num_dealt, self._num_dealt + len(shard.pieces))
        clusters, splits = array_of(self._census.clusters[mine], pa.string()), np.array(self._census.splits[mine], str)
        for split, writer in self._writers.items():
            kept = splits == split
            if kept.any():
                part, mask = _only(shard, kept), array_of(kept, pa.bool_())
                unknown_start = pa.nulls(len(part.pieces), pa.int64())
                made = [clusters.filter(mask), unknown_start, token_ids.filter(mask)]
                pieces = pa.Table.from_arrays([*part.pieces.columns, *made], schema=CORPUS_PIECES)
                writer.add(part._replace(pieces=pieces))
                self._tallies[split].add(pieces)
        self._num_dealt += len(shard.pieces)

    def close(self) -> dict[Split, _Tally]:
        """Write what waits, and say what each split was dealt."""
        for writer in self._writers.values():
            writer.close()
        return self._tallies


def _only(shard: PieceTables, kept: NDArray[np.bool_]) -> PieceTables:
    """The rows of some of a set's pieces, `kept` being a mask of them."""
    rows = [np.repeat(kept, rows_per_piece(table, shard.pieces)) for table in shard[1:]]
    return PieceTables(
        *(table.filter(array_of(mask, pa.bool_())) for table, mask in zip(shard, [kept, *rows], strict=True))
    )


def _census(surveys: Sequence[Survey], source: Path, params: ShardParams) -> _Census:
    piece_ids = list(chain.from_iterable(survey.piece_ids for survey in surveys))
    fingerprints = list(chain.from_iterable(survey.fingerprints for survey in surveys))
    if not piece_ids:
        raise InputError(
            f"{source} holds no piece, so there is nothing to split; see data/parsed/rejections.parquet for why files "
            "were rejected, or set ingest.source to a folder with music in it"
        )
    firsts = np.cumsum([0, *(len(survey.piece_ids) for survey in surveys)])
    lines = np.concatenate([survey.line_piece + first for survey, first in zip(surveys, firsts, strict=False)])
    signatures = np.concatenate([survey.signatures for survey in surveys])
    clusters = cluster_ids(fingerprints, near_duplicates(signatures, lines, params.near_duplicates.threshold))
    return _Census(piece_ids, fingerprints, clusters, assign_splits(clusters, params.fractions))


def _figures(
    tallies: dict[Split, _Tally], census: _Census, surveys: Sequence[Survey], params: ShardParams
) -> CorpusFigures:
    splits = {str(split): tally.figures(params.context_lengths) for split, tally in tallies.items()}
    num_notes, num_tokens = (sum(getattr(s, name) for s in splits.values()) for name in ("num_notes", "num_tokens"))
    vocabulary = build_tokenizer(params.tokenizer).vocabulary
    return CorpusFigures(
        num_pieces=len(census.piece_ids),
        num_notes=num_notes,
        num_tokens=num_tokens,
        tokens_per_note=num_tokens / max(num_notes, 1),
        vocab_size=vocabulary.size,
        vocabulary_hash=vocabulary.hash,
        losses=sum((survey.losses for survey in surveys), Losses()),
        num_off_grid=sum(survey.num_off_grid for survey in surveys),
        near_duplicates=leak_figures(census.piece_ids, census.fingerprints, census.clusters, params.fractions),
        splits=splits,
    )
