"""MLflow runs of trainings that are no stages: a run for a search or a ladder, and in it a child for each training.

Stages are tracked in tracking.py. Here, too, what MLflow cannot do is a warning.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optuna.exceptions import TrialPruned

from tasks.experiment import KEY_TAG, PARENT_TAG, PROCESS_TAG, close_killed, connect, find_parent
from tasks.lineage import git_tags, process_name
from tasks.params import TrackingParams

if TYPE_CHECKING:
    from mlflow import MlflowClient

FINISHED, FAILED, KILLED = "FINISHED", "FAILED", "KILLED"
STOPPED = "stopped early"
"""The outcome of a trial that did badly; MLflow has no status for it."""

log = logging.getLogger(__name__)


@dataclass
class TrialRun:
    """One run; nothing happens if tracking is turned off or MLflow refuses."""

    tracking: TrackingParams
    root: Path
    key: str
    """What it is found by again: a search that goes on goes on in its runs, too."""
    name: str
    parent_id: str = ""
    run_id: str = ""
    """Empty until opened, and for good if MLflow refuses."""
    _client: MlflowClient | None = field(default=None, repr=False)

    def open(self, params: Mapping[str, Any]) -> str:
        """Begin the run, or go on with the one of the same key; its id."""
        if not self.tracking.is_enabled:
            return ""
        with _forgiven("open a run"):
            client, experiment = connect(self.tracking.experiment, self.root)
            close_killed(client, experiment)
            found = find_parent(client, experiment, self.key)
            if found:
                self.run_id = str(found.info.run_id)
                client.set_tag(self.run_id, PROCESS_TAG, process_name())
                client.update_run(self.run_id, status="RUNNING")
            else:
                parent = {PARENT_TAG: self.parent_id} if self.parent_id else {}
                tags = {KEY_TAG: self.key, PROCESS_TAG: process_name(), **parent, **git_tags(self.root)}
                made = client.create_run(experiment, round(time.time() * 1000), tags, self.name)
                self.run_id = str(made.info.run_id)
                for name, value in params.items():
                    client.log_param(self.run_id, name, str(value))
            self._client = client
            if not self.parent_id:
                print(f"MLFLOW {experiment}/{self.run_id}", flush=True)  # noqa: T201
        return self.run_id

    def add(self, figures: Mapping[str, float], step: int) -> None:
        """Points of curves."""
        if self._client:
            with _forgiven("send metrics"):
                for name, value in figures.items():
                    self._client.log_metric(self.run_id, name, float(value), step=step)

    def keep(self, folder: Path) -> None:
        """Files for people."""
        if self._client:
            with _forgiven("keep files"):
                self._client.log_artifacts(self.run_id, str(folder), "report")

    def close(self, status: str, outcome: str = "") -> None:
        """End the run; `outcome` says more than MLflow's few words for it can."""
        if self._client:
            with _forgiven("close a run"):
                if outcome:
                    self._client.set_tag(self.run_id, "outcome", outcome)
                self._client.set_terminated(self.run_id, status)


@contextmanager
def trial_run(run: TrialRun, params: Mapping[str, Any]) -> Iterator[TrialRun]:
    """`run` for as long as the block lasts; it is closed however that ends."""
    run.open(params)
    try:
        yield run
    except (KeyboardInterrupt, SystemExit):
        run.close(KILLED)
        raise
    except TrialPruned:
        run.close(FINISHED, STOPPED)
        raise
    except Exception as error:
        run.close(FAILED, f"{type(error).__name__}: {error}")
        raise
    run.close(FINISHED)


@contextmanager
def _forgiven(what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        log.warning("MLflow could not %s; the training itself goes on. %s: %s", what, type(error).__name__, error)
