"""The generate stage: data/models to data/generated, pieces as tokens, MIDI, MusicXML, sound and engraved score."""

from __future__ import annotations

from typing import ClassVar

from aurl_core.files import whole_folder
from aurl_core.generation.params import GenerateParams
from aurl_core.generation.run import Figures, make_pieces
from tasks.params import ClusterParams
from tasks.pool import pool_of
from tasks.progress import progress
from tasks.stage import Paths, StageReport, stage


class GenerateReport(StageReport, Figures):
    """What was made, all of it: no piece is left out."""

    rates: ClassVar[tuple[str, ...]] = ("num_tokens", "num_notes")


@stage
def generate(params: GenerateParams, paths: Paths, *, cluster: ClusterParams, seed: int) -> GenerateReport:
    """Sample the pieces that the settings ask for and render them."""
    with whole_folder(paths.of("generated")) as folder, progress("generate") as sink:
        figures = make_pieces(
            params,
            folder,
            models=paths.of("models"),
            corpus=paths.of("corpus"),
            seed=seed,
            pool=pool_of(cluster),
            progress=sink,
        )
    return GenerateReport(**figures.model_dump())
