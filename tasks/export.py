"""The export stage: the trained model as a bundle that can be given away, with its card and checksums."""

from __future__ import annotations

from typing import ClassVar

from aurl_core.export.bundle import write_bundle
from aurl_core.export.params import ExportParams
from aurl_core.files import whole_folder
from tasks.stage import Paths, StageReport, stage


class ExportReport(StageReport):
    """What the bundle holds."""

    rates: ClassVar[tuple[str, ...]] = ("total_bytes",)
    num_files: int
    total_bytes: int
    num_parameters: int
    num_training_pieces: int
    test_bits_per_note: float


@stage
def export(params: ExportParams, paths: Paths) -> ExportReport:
    """Write data/exports from data/models, data/corpus and reports/evaluate."""
    with whole_folder(paths.of("exports")) as folder:
        bundle = write_bundle(
            folder,
            models=paths.of("models"),
            corpus=paths.of("corpus"),
            evaluation=paths.reports / "evaluate",
            params=params,
        )
    return ExportReport(
        num_files=bundle.num_files,
        total_bytes=bundle.total_bytes,
        num_parameters=bundle.training["num_parameters"],
        num_training_pieces=bundle.corpus.num_pieces["train"],
        test_bits_per_note=bundle.training["test"]["bits_per_note"],
    )
