"""The MLflow experiment: where it is, the parent run of a pipeline run, runs that a kill left open. Stage runs are in
tracking.py."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from tasks.lineage import is_gone, pipeline_key, process_name

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

HOME = Path(".mlflow")
KEY_TAG, PROCESS_TAG, PARENT_TAG = "pipeline.key", "aurl.process", "mlflow.parentRunId"
_KIND_TAG = "mlflow.experimentKind"
"""Tells MLflow's pages to show runs, not traces of conversations."""


def tracking_uri(root: Path) -> str:
    """`MLFLOW_TRACKING_URI`, or the SQLite file in the repository."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{root / HOME / 'mlflow.db'}"


def connect(name: str, root: Path) -> tuple[MlflowClient, str]:
    """A client and the id of the experiment `name`, made if there is none; its artifacts stay in the repository."""
    from mlflow import MlflowClient

    (root / HOME).mkdir(exist_ok=True)
    uri = tracking_uri(root)
    with FileLock(root / HOME / "lock"):
        client = MlflowClient(uri, uri)
        found = client.get_experiment_by_name(name)
        if found:
            return client, found.experiment_id
        is_ours = "MLFLOW_TRACKING_URI" not in os.environ
        artifacts = (root / HOME / "artifacts").as_uri() if is_ours else None
        return client, client.create_experiment(name, artifacts, {_KIND_TAG: "custom_model_development"})


def close_killed(client: MlflowClient, experiment: str) -> None:
    """Close the runs that say RUNNING while the process that wrote them has ended."""
    for run in client.search_runs([experiment], "attributes.status = 'RUNNING'"):
        if is_gone(run.data.tags.get(PROCESS_TAG, "")):
            client.set_terminated(run.info.run_id, "KILLED")


def open_parent(client: MlflowClient, experiment: str, root: Path, *, began: int, origin: Mapping[str, str]) -> str:
    """The id of the parent run of this process's pipeline, RUNNING from now on.

    Made, as begun at `began` (Unix milliseconds) with the tags `origin`, if this stage is the first of the pipeline.
    """
    key = pipeline_key()
    with FileLock(root / HOME / "lock"):
        run = find_parent(client, experiment, key)
        if run is None:
            tags = {KEY_TAG: key, PROCESS_TAG: process_name(), **origin}
            name = f"pipeline {time.strftime('%d %b %H:%M:%S')}"
            return str(client.create_run(experiment, began, tags, name).info.run_id)
    client.set_tag(run.info.run_id, PROCESS_TAG, process_name())
    client.update_run(run.info.run_id, status="RUNNING")
    return str(run.info.run_id)


def find_run(client: MlflowClient, run_id: str) -> Run | None:
    """The run of that id, None if there is none."""
    from mlflow.exceptions import MlflowException

    try:
        return client.get_run(run_id)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def find_child(client: MlflowClient, parent: Run, stage: str) -> Run | None:
    """The last run of a stage in a pipeline run."""
    words = f"tags.`{PARENT_TAG}` = '{parent.info.run_id}' and attributes.run_name = '{stage}'"
    found = client.search_runs([parent.info.experiment_id], words, max_results=1)
    return found[0] if found else None


def fetch(client: MlflowClient, run: Run, name: str, folder: Path) -> Path | None:
    """A file or folder that a run keeps, copied to below `folder`; None if it keeps none of that name."""
    above = name.rpartition("/")[0] or None
    if name not in [one.path for one in client.list_artifacts(run.info.run_id, above)]:
        return None
    return Path(client.download_artifacts(run.info.run_id, name, str(folder)))


def find_parent(client: MlflowClient, experiment: str, key: str) -> Run | None:
    """The parent run of the pipeline run `key`."""
    found = client.search_runs([experiment], f"tags.`{KEY_TAG}` = '{key}'", max_results=1)
    return found[0] if found else None
