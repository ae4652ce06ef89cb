"""The study stage: chords, keys, sections, contours and motifs of every quantized piece, one table a study."""

from __future__ import annotations

import logging
from typing import ClassVar

from aurl_core.studies.params import StudyParams
from aurl_core.studies.runner import run_studies
from aurl_core.studies.summary import value_shares
from tasks.params import ClusterParams
from tasks.pool import pool_of
from tasks.progress import progress
from tasks.stage import Paths, StageReport, stage

log = logging.getLogger(__name__)


class StudyReport(StageReport):
    """What the studies found; how long each took is in the log."""

    rates: ClassVar[tuple[str, ...]] = ("num_pieces",)
    num_pieces: int
    num_failures: int
    """Rows of rejections.parquet: a study that could not deal with a piece."""
    num_rows: dict[str, int]
    """By study."""
    mean_confidence: dict[str, float]
    """By study, 0-1."""
    chord_qualities: dict[str, float]
    """Share of beats."""
    modes: dict[str, float]
    """Share of pieces in major and minor."""
    section_letters: dict[str, float]
    """Share of sections; much A is much repetition."""
    contours: dict[str, float]
    """Share of phrases."""


@stage
def study(params: StudyParams, paths: Paths, *, cluster: ClusterParams) -> StudyReport:
    """Run the studies over data/quantized into data/studies."""
    folder = paths.of("studies")
    with progress("study") as sink:
        outcome = run_studies(paths.of("quantized"), folder, params=params, pool=pool_of(cluster), progress=sink)
    for name, seconds in outcome.seconds.items():
        log.info("study %s: %.2f s of processor time, %d rows", name, seconds, outcome.num_rows[name])
    return StudyReport(
        num_pieces=outcome.num_pieces,
        num_failures=len(outcome.failures),
        num_rows=outcome.num_rows,
        mean_confidence=outcome.mean_confidence,
        chord_qualities=value_shares(folder / "chords.parquet", "quality"),
        modes=value_shares(folder / "keys.parquet", "mode"),
        section_letters=value_shares(folder / "sections.parquet", "label"),
        contours=value_shares(folder / "contours.parquet", "contour"),
    )
