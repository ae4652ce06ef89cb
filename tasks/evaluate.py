"""The evaluate stage: generated pieces against held-out real ones, as figures and as one page to see and hear."""

from __future__ import annotations

from typing import ClassVar

from aurl_core.evaluation.page import write_page
from aurl_core.evaluation.params import EvaluateParams
from aurl_core.evaluation.report import Figures, Sources, compare_sets, figures_of, write_figures
from aurl_core.files import whole_folder
from tasks.progress import progress
from tasks.stage import Paths, StageReport, stage


class EvaluateReport(StageReport, Figures):
    """The main figures; every figure is in reports/evaluate/metrics.json."""

    rates: ClassVar[tuple[str, ...]] = ("num_generated", "num_test")
    page_bytes: int
    """Size of reports/evaluate/index.html."""


@stage
def evaluate(params: EvaluateParams, paths: Paths, *, seed: int) -> EvaluateReport:
    """Compare data/generated with the test split and write reports/evaluate."""
    sources = Sources(paths.of("corpus"), paths.of("models"), paths.of("generated"))
    with whole_folder(paths.reports / "evaluate") as folder, progress("evaluate") as sink:
        evaluation = compare_sets(params, sources=sources, seed=seed, progress=sink)
        write_figures(evaluation, folder)
        page_bytes = write_page(evaluation, folder, params=params, samples=sources.generated, seed=seed, progress=sink)
    return EvaluateReport(page_bytes=page_bytes, **figures_of(evaluation).model_dump())
