"""The MLflow run of one stage: its params, curves, figures, datasets and files. The experiment is in experiment.py.

A pipeline's stages are processes of their own, so none of them knows whether it is the last. Each reopens the parent
run when it begins and closes it when it ends, so that the parent is closed, with the right end, whoever runs the
stages. Tracking never fails a stage: what MLflow cannot do is a warning.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from tasks.lineage import content_hash, folder_size, git_tags, process_name
from tasks.manifest import MANIFEST, write_manifest
from tasks.params import Params
from tasks.pipeline import LOCK_FILE, Declaration, read_hashes
from tasks.settings import flatten
from tasks.stage import StageReport
from tasks.timings import Timings

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput

_BATCH, _BATCH_SECONDS = 200, 5.0
_MOST_PARAMS = 100
"""As many as MLflow takes at once."""

log = logging.getLogger(__name__)


@dataclass
class StageRun:
    """The child run of one stage; it exists in MLflow from `open` on."""

    declaration: Declaration
    sections: tuple[str, ...]
    """The sections of params.yaml that the stage takes."""
    params: Params
    root: Path
    started: float = field(default_factory=time.time)
    """Unix time."""
    run_id: str = ""
    """Empty until opened, and for good if MLflow refuses."""
    _was_tried: bool = False
    _parent_id: str = ""
    _client: MlflowClient | None = None
    _opening: Thread | None = None
    _waiting: list[tuple[str, float, int, int]] = field(default_factory=list)
    """Live metrics not yet sent: name, value, step, Unix milliseconds."""
    _tags: dict[str, str] = field(default_factory=dict)
    """Live tags not yet sent."""
    _sent: float = 0.0

    def begin(self) -> None:
        """Open the run beside the stage's own work: to load MLflow takes longer than many a stage."""
        self._opening = Thread(target=self.open, name="MLflow")
        self._opening.start()

    def open(self) -> None:
        """Make the run in MLflow, as begun when this object was made; does nothing the second time or if turned off."""
        if self._was_tried or not self.params.tracking.is_enabled:
            return
        self._was_tried = True  # a server that does not answer costs seconds, once
        with forgiven("MLflow", "open a run"):
            from tasks.experiment import PARENT_TAG, PROCESS_TAG, close_killed, connect, open_parent

            client, experiment = connect(self.params.tracking.experiment, self.root)
            close_killed(client, experiment)
            began = round(self.started * 1000)
            origin = _origin(self.root)
            self._parent_id = open_parent(client, experiment, self.root, began=began, origin=origin)
            task = _from_environment("prefect.task_run_id", "PIPELINE_TASK_RUN")
            tags = {PARENT_TAG: self._parent_id, PROCESS_TAG: process_name(), **origin, **task}
            self.run_id = client.create_run(experiment, began, tags, self.declaration.name).info.run_id
            self._client = client
            print(f"MLFLOW {experiment}/{self.run_id}", flush=True)  # noqa: T201
            self._log_params()
            self._log_manifest()

    def add(self, values: Mapping[str, float], step: int) -> None:
        """Points of curves; they are sent in batches."""
        now = time.time()
        self._waiting += [(name, float(value), step, round(now * 1000)) for name, value in values.items()]
        if len(self._waiting) >= _BATCH or now - self._sent > _BATCH_SECONDS:
            self._send()

    def tag(self, name: str, value: str) -> None:
        """A tag; it is sent with the next points."""
        self._tags[name] = value

    def record(self, report: StageReport, timings: Timings) -> None:
        """What the stage measured and cost, its files for people, and the data it read and wrote."""
        self._finish_opening()
        self.open()
        if not self._client:
            return
        with forgiven("MLflow", "record a stage"):
            figures = {**report.model_dump(mode="json"), **timings.model_dump(mode="json", exclude={"stage"})}
            self._log_figures(_numbers(figures))
            self._log_files()
            self._client.log_inputs(self.run_id, list(self._datasets()))
            if self.declaration.name == "train":
                self._register(report)

    def close(self, status: str) -> None:
        """End the run and the pipeline's, for now; `status` is FINISHED, FAILED or KILLED."""
        self._finish_opening()
        if self._client:
            self._send()
            with forgiven("MLflow", "close a run"):
                for run_id in (self.run_id, self._parent_id):
                    self._client.set_terminated(run_id, status)

    def _finish_opening(self) -> None:
        if self._opening:
            self._opening.join()

    def _log_params(self) -> None:
        """To the stage's run and to the pipeline's, so that two pipelines can be compared by what was set."""
        from mlflow.entities import Param

        assert self._client
        values = self.params.model_dump(mode="json")
        leaves = flatten({section: values[section] for section in self.sections})
        named = [Param(name, str(value)) for name, value in leaves.items()]
        for start in range(0, len(named), _MOST_PARAMS):
            for run_id in (self.run_id, self._parent_id):
                self._client.log_batch(run_id, params=named[start : start + _MOST_PARAMS])

    def _log_manifest(self) -> None:
        """All that went in, as `aurl reproduce` needs it."""
        assert self._client
        with tempfile.TemporaryDirectory() as folder:
            write_manifest(Path(folder), self.declaration, root=self.root)
            self._client.log_artifacts(self.run_id, folder, MANIFEST)

    def _log_figures(self, figures: Mapping[str, float]) -> None:
        """To the stage's run under their own names, to the pipeline's with the stage's name before them."""
        from mlflow.entities import Metric

        assert self._client
        now, stage = round(time.time() * 1000), self.declaration.name
        self._client.log_batch(self.run_id, metrics=[Metric(name, value, now, 0) for name, value in figures.items()])
        prefixed = [Metric(f"{stage}.{name}", value, now, 0) for name, value in figures.items()]
        self._client.log_batch(self._parent_id, metrics=prefixed)

    def _log_files(self) -> None:
        assert self._client
        reports = self.root / self.params.paths.reports
        self._client.log_artifact(self.run_id, str(reports / f"{self.declaration.name}.json"))
        if (reports / self.declaration.name).is_dir():
            self._client.log_artifacts(self.run_id, str(reports / self.declaration.name), "report")

    def _datasets(self) -> Iterator[DatasetInput]:
        """Inputs with their hash in dvc.lock, outputs with the hash that dvc.lock will hold."""
        known = {path: md5 for stage in read_hashes(self.root / LOCK_FILE).values() for path, md5 in stage.items()}
        for path in self.declaration.inputs:
            yield _dataset(self.root / path, path, known.get(path) or content_hash(self.root / path), "input")
        for path in self.declaration.outs:
            if (self.root / path).exists():
                yield _dataset(self.root / path, path, content_hash(self.root / path), "output")

    def _register(self, report: StageReport) -> None:
        from tasks.ledger import enter_version
        from tasks.registry import LIKELIHOOD, register

        assert self._client
        folder = self.root / self.params.paths.of("models")
        self._client.log_artifacts(self.run_id, str(folder), "model")
        source = f"{self._client.get_run(self.run_id).info.artifact_uri}/model"
        tags = {LIKELIHOOD: str(getattr(report, LIKELIHOOD)), "model.hash": content_hash(folder)}
        name = self.params.tracking.model_name
        version = register(self._client, name, self.run_id, source, tags)
        enter_version(self.params.paths, name, int(version), root=self.root)

    def _send(self) -> None:
        if self._opening and self._opening.is_alive():
            return
        from mlflow.entities import Metric, RunTag

        points, self._waiting, self._sent = self._waiting, [], time.time()
        pairs, self._tags = self._tags, {}
        if self._client and (points or pairs):
            with forgiven("MLflow", "send metrics"):
                metrics = [Metric(name, value, at, step) for name, value, step, at in points]
                tags = [RunTag(name, value) for name, value in pairs.items()]
                self._client.log_batch(self.run_id, metrics=metrics, tags=tags)


_running: list[StageRun] = []
"""The run of the stage that this process runs: one, or none."""


@contextmanager
def stage_run(run: StageRun) -> Iterator[StageRun]:
    """Make `run` the one that `live_metrics` goes to; it is closed however the block ends, if it was opened at all."""
    _running.append(run)
    status = "FAILED"
    try:
        yield run
        status = "FINISHED"
    except (KeyboardInterrupt, SystemExit):
        status = "KILLED"
        raise
    finally:
        _running.remove(run)
        run.close(status)


def live_metrics(values: Mapping[str, float], step: int) -> None:
    """Points of curves of the stage that is running; nothing happens when no run is open, as in tests."""
    for run in _running:
        run.add(values, step)


def live_tag(name: str, value: str) -> None:
    """A tag of the stage that is running; the last value of a name counts."""
    for run in _running:
        run.tag(name, value)


@contextmanager
def forgiven(who: str, what: str) -> Iterator[None]:
    """What tracking cannot do is a warning: a stage never fails for it."""
    try:
        yield
    except Exception as error:
        log.warning("%s could not %s; the stage itself goes on. %s: %s", who, what, type(error).__name__, error)


def _origin(root: Path) -> dict[str, str]:
    """Tags that say which code, which lock file (as it was then) and which flow run a run began from."""
    lock = {"dvc.lock": content_hash(root / LOCK_FILE)} if (root / LOCK_FILE).is_file() else {}
    return {**git_tags(root), **lock, **_from_environment("prefect.flow_run_id", "PIPELINE_FLOW_RUN")}


def _from_environment(tag: str, variable: str) -> dict[str, str]:
    return {tag: os.environ[variable]} if variable in os.environ else {}


def _numbers(figures: Mapping[str, Any]) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in flatten(figures).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _dataset(path: Path, name: Path, digest: str, context: str) -> DatasetInput:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    files, size = folder_size(path)
    return DatasetInput(
        Dataset(
            name=name.as_posix(),
            digest=digest,
            source_type="dvc",
            source=json.dumps({"uri": name.as_posix(), "hash": digest}),
            profile=json.dumps({"num_files": files, "bytes": size}),
        ),
        [InputTag("mlflow.data.context", context)],
    )
