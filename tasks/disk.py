"""What the pipeline keeps on disk, what each of it is good for, and freeing it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from aurl_core.errors import InputError
from tasks.lineage import folder_size
from tasks.locks import stage_lock
from tasks.params import Params
from tasks.pipeline import STAGES


@dataclass(frozen=True, slots=True)
class DiskUse:
    """A folder of ours."""

    what: str
    path: Path
    """Relative to the repository root, unless params.yaml says otherwise."""
    cost: str
    """What it costs to be without it."""
    is_spare: bool
    """Can it go without losing anything but time?"""
    num_files: int
    num_bytes: int


def disk_use(params: Params, root: Path) -> list[DiskUse]:
    """Every folder that the pipeline writes to, measured."""
    paths = params.paths
    known: Iterable[tuple[str, Path, str, bool]] = (
        ("data", paths.data, "the next `dvc repro` brings it back; which models saw which pieces is forgotten", False),
        ("reports", paths.reports, "the next `dvc repro` brings it back from the DVC cache, or makes it again", False),
        ("DVC cache", Path(".dvc/cache"), "going back to earlier data or settings means running the stages", True),
        ("DVC state", Path(".aurl/dvc"), "the next DVC command hashes all data again", True),
        (
            "store",
            paths.store,
            "files are converted, parsed, quantized and tokenized, and splits laid out, again",
            True,
        ),
        ("checkpoints", paths.checkpoints, "a training that was stopped starts from its beginning", True),
        ("searches", paths.searches, "a search or a ladder of sizes starts from its beginning", True),
        ("logs", paths.logs, "what happened can no longer be read", True),
        ("MLflow", Path(".mlflow"), "the record of all runs and registered models is lost", False),
        ("Prefect", Path(".prefect"), "the record of all flow runs is lost", False),
    )
    return [DiskUse(what, path, cost, spare, *folder_size(root / path)) for what, path, cost, spare in known]


def free(uses: Iterable[DiskUse], root: Path) -> None:
    """Delete the folders.

    BusyError while a stage runs, InputError for a folder outside `root`, OSError for what cannot be deleted.
    """
    folders = [(root / use.path).resolve() for use in uses]
    for folder in folders:
        if root.resolve() not in folder.parents:
            raise InputError(f"{folder} is not inside {root}: what is kept elsewhere is yours to delete.")
    with ExitStack() as held:
        for stage in STAGES:
            held.enter_context(stage_lock(stage, patience_seconds=0))
        for folder in folders:
            shutil.rmtree(folder)
