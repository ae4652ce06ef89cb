"""The ingest stage: files in any format become data/raw, where everything is MIDI with a row in the manifest."""

from __future__ import annotations

from typing import ClassVar

from aurl_core.corpus.ingested import ingest_corpus
from aurl_core.corpus.store import Store
from aurl_core.files import whole_folder
from aurl_core.parsing.params import IngestParams
from tasks.params import ClusterParams
from tasks.pool import pool_of
from tasks.progress import progress
from tasks.stage import Paths, StageReport, stage


class IngestReport(StageReport):
    """What came in."""

    rates: ClassVar[tuple[str, ...]] = ("num_pieces",)
    num_pieces: int
    num_converted: int
    """Pieces that were notation and are now MIDI."""
    num_bytes: int
    """Size of the sources that came in."""
    num_rejections: int
    rejections: dict[str, int]
    """Files left out, by reason."""


@stage
def ingest(params: IngestParams, paths: Paths, *, cluster: ClusterParams) -> IngestReport:
    """Find the files, convert notation to MIDI, write the manifest."""
    with (
        whole_folder(paths.of("raw")) as target,
        Store(paths.store, cluster.store_bytes) as store,
        progress("ingest") as report_progress,
    ):
        tally = ingest_corpus(target, params, pool=pool_of(cluster), store=store, progress=report_progress)
    return IngestReport(
        num_pieces=tally.num_pieces,
        num_converted=tally.num_converted,
        num_bytes=tally.num_bytes,
        num_rejections=sum(tally.rejections.values()),
        rejections=tally.rejections,
    )
