"""Runs the studies over a folder of shards and streams what they find into one Parquet file a study.

A piece that a study cannot deal with is a row of rejections.parquet, not the end of the run. Which studies there are,
and what they look for, is not known here.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa

from aurl_core.chunks import Casualty, ChunkPool
from aurl_core.corpus.schema import column, table_schema
from aurl_core.corpus.shards import read_shard, read_table, shard_files, shard_scores, write_table
from aurl_core.corpus.tables import table_of
from aurl_core.errors import SettingError
from aurl_core.files import whole_folder
from aurl_core.score.score import Score
from aurl_core.studies.params import StudyParams
from aurl_core.studies.study import empty_table, load_studies, load_templates
from aurl_core.studies.table_writer import TableWriter

REJECTIONS: Final = table_schema(
    column("piece_id", pa.string(), "first 16 hex digits of sha256 of the source bytes"),
    column("study", pa.string(), "name of the study, empty where the whole piece was lost"),
    column("reason", pa.string(), "error, timeout, memory or worker_died"),
    column("detail", pa.string(), "what was seen, may be empty"),
)


class PieceRef(NamedTuple):
    """Where a piece lies: its place in a shard."""

    pieces_file: Path
    number: int
    piece_id: str


class Failure(NamedTuple):
    """A piece that one study (or any, if empty) could not deal with: a row of `REJECTIONS`."""

    piece_id: str
    study: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class StudiedChunk:
    """What the studies found in some pieces."""

    num_pieces: int
    tables: dict[str, pa.Table]
    seconds: dict[str, float]
    failures: list[Failure]


@dataclass(frozen=True, slots=True)
class StudyOutcome:
    """What a run of the studies came to. All but `seconds` follows from pieces and params alone."""

    num_pieces: int
    num_rows: dict[str, int]
    mean_confidence: dict[str, float]
    failures: list[Failure]
    seconds: dict[str, float]
    """Processor time that each study took, added up over the workers."""


def run_studies(
    source: Path, target: Path, *, params: StudyParams, pool: ChunkPool, progress: Callable[[int, int], None]
) -> StudyOutcome:
    """Study every piece of the shards in `source` and write the folder `target`, whole or not at all.

    Raises SettingError for a study that does not exist or fails on every piece, MissingError without shards.
    """
    studies, templates = load_studies(params), load_templates(params)
    pieces = list(piece_refs(source))
    with whole_folder(target) as folder:
        writers = {study.name: TableWriter(folder / f"{study.name}.parquet", study.schema) for study in studies}
        collected = _Collected(writers)
        for result in pool.map(partial(study_pieces, params=params), pieces):
            collected.add(result)
            progress(collected.num_pieces, len(pieces))
        outcome = collected.close()
        _check_failures(outcome)
        write_table(folder / "rejections.parquet", _rejections(outcome.failures))
        (folder / "templates").mkdir()
        for template in templates:
            write_table(folder / "templates" / f"{template.name}.parquet", template.build(folder))
    return outcome


@dataclass
class _Collected:
    """Gathers what comes back from the workers: tables go to their files, the rest is added up."""

    writers: dict[str, TableWriter]
    num_pieces: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def add(self, result: StudiedChunk | Casualty[PieceRef]) -> None:
        if isinstance(result, Casualty):
            self.num_pieces += 1
            self.failures.append(Failure(result.item.piece_id, "", result.reason, ""))
            return
        self.num_pieces += result.num_pieces
        for name, seconds in result.seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds
        self.failures += result.failures
        for name, table in result.tables.items():
            self.writers[name].add(table)

    def close(self) -> StudyOutcome:
        for writer in self.writers.values():
            writer.close()
        return StudyOutcome(
            num_pieces=self.num_pieces,
            num_rows={name: writer.num_rows for name, writer in self.writers.items()},
            mean_confidence={name: writer.mean_confidence for name, writer in self.writers.items()},
            failures=self.failures,
            seconds=self.seconds,
        )


def piece_refs(source: Path) -> Iterator[PieceRef]:
    """Every piece of a folder of shards, in order."""
    for file in shard_files(source):
        names = read_table(file, ["piece_id"])["piece_id"].cast(pa.string()).to_pylist()
        yield from (PieceRef(file, number, name) for number, name in enumerate(names))


def study_pieces(pieces: list[PieceRef], *, params: StudyParams) -> StudiedChunk:
    """Let every study look at every one of `pieces`; runs in a worker."""
    studies = load_studies(params)
    found: dict[str, list[pa.Table]] = {study.name: [empty_table(study.schema)] for study in studies}
    seconds = {study.name: 0.0 for study in studies}
    failures: list[Failure] = []
    for ref in pieces:
        row, score = _scores_of(ref.pieces_file, ref.pieces_file.stat().st_mtime_ns)[ref.number]
        for study in studies:
            start = time.process_time()
            try:
                found[study.name].append(study.analyze(row, score))
            except Exception as error:  # anyone may write a study, and one piece must not end the run
                failures.append(Failure(ref.piece_id, study.name, "error", f"{type(error).__name__}: {error}"))
            seconds[study.name] += time.process_time() - start
    tables = {name: pa.concat_tables(parts).unify_dictionaries().combine_chunks() for name, parts in found.items()}
    return StudiedChunk(len(pieces), tables, seconds, failures)


@lru_cache(maxsize=1)
def _scores_of(pieces_file: Path, mtime_ns: int) -> list[tuple[dict[str, Any], Score]]:
    """The pieces of a set, kept for the next chunk as long as the file is the same."""
    return list(shard_scores(read_shard(pieces_file)))


def _check_failures(outcome: StudyOutcome) -> None:
    for name, count in Counter(failure.study for failure in outcome.failures).items():
        if count == outcome.num_pieces:
            last = next(failure for failure in outcome.failures if failure.study == name)
            raise SettingError(
                f"study: {name or 'every study'} failed on all {count} pieces, first on {last.piece_id} ({last.reason}"
                f" {last.detail}); mend it or take it out of study.studies in params.yaml"
            )


def _rejections(failures: list[Failure]) -> pa.Table:
    columns = zip(*failures, strict=True) if failures else [[]] * len(REJECTIONS)
    return table_of(REJECTIONS, {name: list(values) for name, values in zip(REJECTIONS.names, columns, strict=True)})
