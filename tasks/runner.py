"""Runs one stage the way `dvc repro` asks for it: lock, settings, the stage itself, report, timings, tracking."""

from __future__ import annotations

import importlib
import logging
from pathlib import Path

from aurl_core.files import write_whole
from tasks.lineage import content_hash
from tasks.locks import PATIENCE_SECONDS, stage_lock, sweep
from tasks.params import Params
from tasks.pipeline import CATALOGUED, LOCK_FILE, NOTHING_CHANGED, Declaration, check_stage, read_hashes
from tasks.stage import Stage, StageReport
from tasks.timings import measured, write_timings
from tasks.tracking import StageRun, stage_run

log = logging.getLogger(__name__)


def run_stage(
    stage: Stage[..., StageReport],
    declaration: Declaration,
    params: Params,
    *,
    root: Path,
    patience_seconds: float = PATIENCE_SECONDS,
) -> StageReport:
    """Run a stage in `root`, the current folder, and write its report and timings.

    An always-changed stage whose outputs are what dvc.lock has already leaves no trace in timings and MLflow.
    Raises BusyError if the stage is being run elsewhere.
    """
    name, reports = stage.name, params.paths.reports
    lock = stage_lock(name, patience_seconds=patience_seconds)
    with lock, stage_run(StageRun(declaration, stage.sections, params, root)) as run:
        sweep(declaration.outs)
        if not declaration.is_always_changed:
            run.begin()
        with measured() as meter:
            report = call_stage(stage, params)
        write_whole(reports / f"{name}.json", report.model_dump_json(indent=2) + "\n")
        if declaration.is_always_changed and _is_unchanged(declaration):
            log.info("%s: %s", name, NOTHING_CHANGED)
            return report
        if name == "train":
            _enter_model(params)
        timings = meter.timings(name, report)
        write_timings(reports, timings)
        if name in CATALOGUED:
            _rebuild_catalogue(params)
        run.record(report, timings)
        log.info("%s: %.1f s, %.0f MB", name, timings.seconds, timings.peak_memory_bytes / 1e6)
    return report


def follow(params: Params) -> None:
    """Take part in a training that process 0 runs as a stage: no lock, no report, nothing tracked, nothing written."""
    from tasks.train import take_part

    take_part(params)


def load_stage(name: str) -> Stage[..., StageReport]:
    """The stage of that name, importing what it needs and nothing of the others."""
    found = getattr(importlib.import_module(f"tasks.{check_stage(name)}"), name)
    assert isinstance(found, Stage)
    return found


def call_stage(stage: Stage[..., StageReport], params: Params) -> StageReport:
    """Call a stage with the sections that its signature names."""
    own, *others = stage.sections
    return stage(getattr(params, own), params.paths, **{name: getattr(params, name) for name in others})


def _is_unchanged(declaration: Declaration) -> bool:
    known = read_hashes(LOCK_FILE).get(declaration.name, {})
    return all(known.get(out) == content_hash(out) for out in declaration.outs)


def _enter_model(params: Params) -> None:
    from tasks.ledger import enter_model

    enter_model(params.paths)


def _rebuild_catalogue(params: Params) -> None:
    from tasks.catalog import rebuild_catalog

    rebuild_catalog(params.paths)
