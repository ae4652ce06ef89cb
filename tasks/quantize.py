"""The quantize stage: data/parsed in ticks becomes data/quantized in steps, with what that cost in time."""

from __future__ import annotations

from typing import ClassVar

from aurl_core.corpus.quantized import quantize_corpus
from aurl_core.corpus.store import Store
from aurl_core.files import whole_folder
from aurl_core.quantization.params import QuantizeParams
from tasks.params import ClusterParams
from tasks.pool import pool_of
from tasks.progress import progress
from tasks.stage import Paths, StageReport, stage


class QuantizeReport(StageReport):
    """What quantizing cost."""

    rates: ClassVar[tuple[str, ...]] = ("num_pieces", "num_notes")
    num_pieces: int
    num_notes: int
    num_dropped_notes: int
    """Notes lost: those that end where they begin, where the settings say to drop them, and those too many at once."""
    num_crowded_notes: int
    """Those of them that were too many at once."""
    num_tracked_pieces: int
    """Pieces whose beats were heard in the notes."""
    num_swung_pieces: int
    """Pieces whose eighths were found to swing."""
    rejections: dict[str, int]
    """Pieces that were too much for their worker, by reason."""
    moved_share: float
    """Share of the notes that were not on the grid already."""
    mean_onset_error_ms: float
    """Mean absolute distance of onsets from the grid, milliseconds."""
    max_onset_error_ms: float
    """Largest distance of an onset from the grid, milliseconds."""
    mean_duration_error_ms: float
    """Mean absolute change of duration, milliseconds."""


@stage
def quantize(params: QuantizeParams, paths: Paths, *, cluster: ClusterParams) -> QuantizeReport:
    """Move every parsed piece to the grid."""
    with (
        whole_folder(paths.of("quantized")) as target,
        Store(paths.store, cluster.store_bytes) as store,
        progress("quantize") as report_progress,
    ):
        tally, rejections = quantize_corpus(
            paths.of("parsed"), target, params, store=store, pool=pool_of(cluster), progress=report_progress
        )
    count = max(tally.num_notes, 1)
    return QuantizeReport(
        num_pieces=tally.num_pieces,
        num_notes=tally.num_notes,
        num_dropped_notes=tally.num_dropped_notes,
        num_crowded_notes=tally.num_crowded_notes,
        num_tracked_pieces=tally.num_tracked_pieces,
        num_swung_pieces=tally.num_swung_pieces,
        rejections=rejections,
        moved_share=tally.num_moved_notes / count,
        mean_onset_error_ms=1000 * tally.onset_error_seconds / count,
        max_onset_error_ms=1000 * tally.max_onset_error_seconds,
        mean_duration_error_ms=1000 * tally.duration_error_seconds / count,
    )
