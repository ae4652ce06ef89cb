"""The parse stage: the MIDI of the manifest becomes data/parsed, flat tables in ticks and seconds."""

from __future__ import annotations

from typing import ClassVar

from aurl_core.corpus.parsed import Folders, parse_corpus
from aurl_core.corpus.store import Store
from aurl_core.files import whole_folder
from aurl_core.parsing.params import IngestParams, ParseParams
from aurl_core.parsing.sources import source_folder
from tasks.params import ClusterParams
from tasks.pool import pool_of
from tasks.progress import progress
from tasks.stage import Paths, StageReport, stage


class ParseReport(StageReport):
    """What parsing came to."""

    rates: ClassVar[tuple[str, ...]] = ("num_files", "num_notes")
    num_files: int
    """Files found, those that ingest rejected included."""
    num_pieces: int
    num_notes: int
    num_rejections: int
    rejections: dict[str, int]
    """Files left out, by reason."""
    num_repairs: int
    repairs: dict[str, int]
    """Repairs, by kind."""


@stage
def parse(params: ParseParams, paths: Paths, *, ingest: IngestParams, cluster: ClusterParams) -> ParseReport:
    """Read every piece of the manifest; one bad file is a row of rejections.parquet."""
    folders = Folders(raw=paths.of("raw"), source=source_folder(ingest.source))
    with (
        whole_folder(paths.of("parsed")) as target,
        Store(paths.store, cluster.store_bytes) as store,
        progress("parse") as report_progress,
    ):
        tally = parse_corpus(folders, target, params, store=store, pool=pool_of(cluster), progress=report_progress)
    return ParseReport(
        num_files=tally.num_files,
        num_pieces=tally.num_pieces,
        num_notes=tally.num_notes,
        num_rejections=sum(tally.rejections.values()),
        rejections=tally.rejections,
        num_repairs=sum(tally.repairs.values()),
        repairs=tally.repairs,
    )
