"""From quantized sets to the corpus: token ids, splits that share no music, a manifest.

Each piece is surveyed in a worker (survey.py); when all clusters are known, a tokenizer that learns does so from the
training split, each split is cut into sets, and workers put those together. No process holds more than a set, and a
signature a line.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aurl_core.chunks import ChunkPool
from aurl_core.code_hash import code_hash
from aurl_core.corpus.arrays import array_of, numbers_of
from aurl_core.corpus.cuts import cut_into_sets
from aurl_core.corpus.lengths import length_figures
from aurl_core.corpus.manifest import CorpusFigures, SplitFigures, write_manifest
from aurl_core.corpus.params import ShardParams
from aurl_core.corpus.pieces import StoredPiece, plans_of, stored_pieces
from aurl_core.corpus.rejections import count_by_reason, write_rejections
from aurl_core.corpus.schema import CORPUS_PIECES
from aurl_core.corpus.sets import Made, SetPlan, Tables, Tally, build_sets, counting, rejections_of
from aurl_core.corpus.shards import CORPUS, TABLES, read_shard, rows_per_piece
from aurl_core.corpus.similarity import near_duplicates
from aurl_core.corpus.splits import SPLITS, Split, assign_splits, cluster_ids, leak_figures
from aurl_core.corpus.store import Store, key_of
from aurl_core.corpus.survey import Survey, Surveyor, lists_of, read_survey, token_ids_of, training_ids
from aurl_core.corpus.tables import table_of
from aurl_core.errors import InputError
from aurl_core.parsing.rejection import Reason, Rejection
from aurl_core.tokens.tokenizer import VOCABULARY_FILE, LearningTokenizer, Tokenizer, build_tokenizer
from aurl_core.tokens.vocabulary import Vocabulary

CODE: Final = tuple(f"aurl_core.corpus.{name}" for name in ("arrays", "schema", "sets", "sharded", "shards", "tables"))
"""The modules that decide what a set of the corpus is, but for those of the survey."""
_SPLIT_FOLDER: Final = "split="


class DealtPiece(NamedTuple):
    """A piece that goes to a split."""

    piece: StoredPiece
    cluster_id: str


@dataclass(frozen=True, slots=True)
class Dealer:
    """Makes the sets of one split; see `sets.Maker`."""

    survey: Path
    """Where the token ids are."""
    tokenizer: Tokenizer
    """Which has learned what it learns."""
    room: ClassVar[str] = "dealt"

    def make(self, items: Sequence[DealtPiece]) -> Made:
        parts = [table_of(schema, dict.fromkeys(schema.names, ())) for schema in CORPUS]
        tables = {name: [part] for name, part in zip(TABLES, parts, strict=True)}
        for file, some in groupby(items, lambda item: item.piece.file):
            for name, table in self._part(file, list(some)).items():
                tables[name].append(table)
        return Made({name: pa.concat_tables(some) for name, some in tables.items()})

    def _part(self, file: Path, items: Sequence[DealtPiece]) -> dict[str, pa.Table]:
        """The rows of pieces that are in one quantized set."""
        shard = read_shard(file)
        kept = np.zeros(len(shard.pieces), bool)
        kept[[item.piece.place for item in items]] = True
        rows = [np.repeat(kept, rows_per_piece(table, shard.pieces)) for table in shard]
        pieces, *others = (table.filter(array_of(mask, pa.bool_())) for table, mask in zip(shard, rows, strict=True))
        made = [
            array_of([item.cluster_id for item in items], pa.string()),
            pa.nulls(len(items), pa.int64()),  # where notes start is filled in when the set is written
            self._written(token_ids_of(self.survey, file, [item.piece.piece_id for item in items])),
        ]
        pieces = pa.Table.from_arrays([*pieces.columns, *made], schema=CORPUS_PIECES)
        return dict(zip(TABLES, (pieces, *others), strict=True))

    def _written(self, token_ids: pa.ChunkedArray) -> pa.ChunkedArray | pa.ListArray:
        """The ids that the tokenizer writes, from those that it wrote before it learned."""
        if not isinstance(self.tokenizer, LearningTokenizer):
            return token_ids
        return lists_of([self.tokenizer.merged(numbers_of(ids.values)) for ids in token_ids])

    def tally(self, tables: Tables) -> Tally:
        return {"num_tokens": pc.list_value_length(tables["pieces"]["token_ids"]).to_pylist()}

    def rejected(self, item: DealtPiece, reason: Reason) -> Rejection:
        return Rejection(item.piece.path, item.piece.piece_id, reason, "while it was being put into its split")


@lru_cache(1)
def _code() -> str:
    return code_hash(*CODE)


@dataclass(frozen=True, slots=True, eq=False)
class _Census:
    """All pieces in order, with the cluster and the split of each."""

    pieces: list[StoredPiece]
    survey: Survey
    clusters: list[str]
    splits: list[Split]


def shard_corpus(
    source: Path,
    target: Path,
    params: ShardParams,
    *,
    store: Store,
    pool: ChunkPool,
    progress: Callable[[int, int], None],
) -> CorpusFigures:
    """Split and tokenize the sets of `source` (quantized) into `target`, with vocabulary.json and manifest.json.

    Progress counts each piece twice: surveyed and dealt out. `MissingError` if `source` holds no sets, `InputError` if
    they hold no piece.
    """
    sets, surveyor = stored_pieces(source), Surveyor(params)
    advance = counting(progress, 2 * sum(map(len, sets)))
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target) as folder:
        survey = Path(folder)
        built = build_sets(
            plans_of(sets, surveyor.key), surveyor, target=survey, store=store, pool=pool, progress=advance
        )
        rejections = rejections_of(built)
        census = _census(list(chain.from_iterable(sets)), read_survey(survey), source, params)
        dealer = Dealer(survey, _tokenizer(census, survey, params))
        plans = [plan for split in SPLITS for plan in _plans(census, split, params, surveyor, dealer)]
        dealt = build_sets(plans, dealer, target=target, store=store, pool=pool, progress=advance)
        rejections += rejections_of(dealt)
    num_tokens = {split: list[int]() for split in SPLITS}
    for plan, one in zip(plans, dealt, strict=True):
        num_tokens[_split_of(plan)] += one.tally["num_tokens"]
    write_rejections(target, rejections)
    dealer.tokenizer.save(target / VOCABULARY_FILE)
    figures = _figures(census, num_tokens, count_by_reason(rejections), dealer.tokenizer.vocabulary, params)
    write_manifest(target, figures, piece_ids=census.survey.piece_ids, clusters=census.clusters)
    return figures


def _census(pieces: Sequence[StoredPiece], survey: Survey, source: Path, params: ShardParams) -> _Census:
    if not survey.piece_ids:
        raise InputError(
            f"{source} holds no piece, so there is nothing to split; see data/parsed/rejections.parquet for why files "
            "were rejected, or set ingest.source to a folder with music in it"
        )
    surveyed = set(survey.piece_ids)
    kept = [piece for piece in pieces if piece.piece_id in surveyed]
    pairs = near_duplicates(survey.signatures, survey.line_piece, params.near_duplicates.threshold)
    clusters = cluster_ids([piece.fingerprint for piece in kept], pairs)
    return _Census(kept, survey, clusters, assign_splits(clusters, params.fractions))


def _tokenizer(census: _Census, survey: Path, params: ShardParams) -> Tokenizer:
    """The tokenizer of the corpus; one that learns has learned from the training split."""
    tokenizer = build_tokenizer(params.tokenizer)
    if not isinstance(tokenizer, LearningTokenizer):
        return tokenizer
    ids = zip(census.survey.piece_ids, census.splits, strict=True)
    return tokenizer.trained(training_ids(survey, {piece_id for piece_id, split in ids if split == "train"}))


def _plans(
    census: _Census, split: Split, params: ShardParams, surveyor: Surveyor, dealer: Dealer
) -> list[SetPlan[DealtPiece]]:
    everything = zip(census.pieces, census.clusters, census.splits, strict=True)
    items = [DealtPiece(piece, cluster) for piece, cluster, its_split in everything if its_split == split]
    ids = [item.piece.piece_id for item in items]
    learned = dealer.tokenizer.vocabulary.learned
    keys = [key_of(surveyor.key(item.piece), item.cluster_id, learned, _code()) for item in items]
    cuts = cut_into_sets(
        [item.piece.path for item in items], [item.piece.num_notes for item in items], params.notes_per_shard
    )
    return [
        SetPlan(number, items[cut], ids[cut], keys[cut], folder=f"{_SPLIT_FOLDER}{split}")
        for number, cut in enumerate(cuts or [slice(0, 0)])
    ]


def _split_of(plan: SetPlan[DealtPiece]) -> Split:
    return next(split for split in SPLITS if plan.folder == f"{_SPLIT_FOLDER}{split}")


def _figures(
    census: _Census,
    tokens: dict[Split, list[int]],
    rejections: dict[str, int],
    vocabulary: Vocabulary,
    params: ShardParams,
) -> CorpusFigures:
    splits = {str(split): _split_figures(census, split, tokens[split], params.context_lengths) for split in SPLITS}
    num_notes, num_tokens = (sum(getattr(s, name) for s in splits.values()) for name in ("num_notes", "num_tokens"))
    fingerprints = [piece.fingerprint for piece in census.pieces]
    return CorpusFigures(
        num_pieces=len(census.pieces),
        num_notes=num_notes,
        num_tokens=num_tokens,
        tokens_per_note=num_tokens / max(num_notes, 1),
        vocab_size=vocabulary.size,
        vocabulary_hash=vocabulary.hash,
        losses=census.survey.losses,
        num_off_grid=census.survey.num_off_grid,
        rejections=rejections,
        near_duplicates=leak_figures(census.survey.piece_ids, fingerprints, census.clusters, params.fractions),
        splits=splits,
    )


def _split_figures(
    census: _Census, split: Split, num_tokens: Sequence[int], context_lengths: Sequence[int]
) -> SplitFigures:
    mine = np.array(census.splits, str) == split
    return SplitFigures(
        num_pieces=int(mine.sum()),
        num_clusters=len({cluster for cluster, is_mine in zip(census.clusters, mine, strict=True) if is_mine}),
        num_notes=int(np.array([piece.num_notes for piece in census.pieces], np.int64)[mine].sum()),
        num_tokens=sum(num_tokens),
        duration_seconds=float(census.survey.duration_seconds[mine].sum()),
        lengths=length_figures(num_tokens, context_lengths),
    )
