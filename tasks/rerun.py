"""A past run had again: its commit, changes and settings in a folder of their own, run there, and compared.

What a run leaves for this is said in manifest.py. Nothing in the repository changes, but that DVC's cache may grow.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from aurl_core.errors import AurlError, InputError
from aurl_core.models.weights import WEIGHTS_FILE
from aurl_core.sums import sha256_of
from tasks.experiment import PARENT_TAG, connect, fetch, find_child, find_run
from tasks.lineage import content_hash
from tasks.manifest import CHANGES_FILE, FORMAT_VERSION, MANIFEST, MANIFEST_FILE, Manifest, where
from tasks.params import PARAMS_FILE, load_params
from tasks.pipeline import PIPELINE_FILE, STAGES, ancestors, check_stage, read_pipeline
from tasks.processes import path_with_python
from tasks.settings import flatten
from tasks.stage import Paths

_FOLDER: Final = Path(".aurl/rerun")
_FIRST_OF_ALL: Final = "train"
"""What is run again of a whole pipeline: the stage whose outcome is hardest to have again."""
_OURS_ALONE: Final = ("PIPELINE_KEY", "PIPELINE_FLOW_RUN", "PIPELINE_TASK_RUN", "OMP_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Past:
    """A run of a stage as MLflow remembers it."""

    run_id: str
    manifest: Manifest
    folder: Path
    """Its manifest's files."""
    figures: dict[str, Any]
    """All that it reported, by dotted name."""
    outputs: dict[str, str]
    """Hashes of what it wrote, by path."""
    weights: str
    """sha256 of the model it made; empty if it made none."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was compared."""

    what: str
    then: str
    now: str

    @property
    def is_same(self) -> bool:
        return self.then == self.now


def past_run(run_id: str, *, experiment: str, root: Path, folder: Path) -> Past:
    """What is known of a run, its files fetched into `folder`; of a pipeline's run, its train stage.

    `InputError` if there is no such run, or it left too little to be had again.
    """
    client, _ = connect(experiment, root)
    run = find_run(client, run_id)
    if run and PARENT_TAG not in run.data.tags:
        run = find_child(client, run, _FIRST_OF_ALL)
    if not run:
        raise InputError(f"{run_id!r} is no run of a stage, nor of a pipeline that trained; `aurl ui` shows the runs")
    kept = fetch(client, run, MANIFEST, folder)
    if not kept:
        raise InputError(f"the run {run_id} left no manifest, as of an earlier version of Aurl: it cannot be had again")
    manifest = _checked(kept / MANIFEST_FILE, root)
    outputs = {
        one.dataset.name: one.dataset.digest
        for one in (run.inputs.dataset_inputs if run.inputs else ())
        if any(tag.value == "output" for tag in one.tags)
    }
    weights = fetch(client, run, f"model/{WEIGHTS_FILE}", folder)
    report = fetch(client, run, f"{manifest.stage}.json", folder)
    if not report:
        raise InputError(f"the run {run_id} did not end well, so there is nothing to compare with")
    digest = sha256_of(weights) if weights else ""
    return Past(run.info.run_id, manifest, kept, _figures(report), outputs, digest)


def differences(manifest: Manifest) -> Iterator[Finding]:
    """What is another here than it was then, and may make the results others."""
    now = where()
    for name in ("python", "machine", "cores"):
        yield Finding(name, str(getattr(manifest, name)), str(now[name]))
    installed = {one.name: one.version for one in distributions()}
    for name, version in manifest.packages.items():
        yield Finding(name, version, installed.get(name, "none"))


def rerun(past: Past, *, root: Path) -> Path:
    """Run the stage again in a folder of its own, which is returned; what it needs comes from DVC's cache if it can.

    `AurlError` if a command fails; what it said is above.
    """
    folder = root / _FOLDER / past.run_id
    shutil.rmtree(folder, ignore_errors=True)
    _check_out(past, folder, root)
    settings = _settle(past, folder, root)
    stage = next(name for name in STAGES if name == check_stage(past.manifest.stage))
    needed = ancestors(read_pipeline(settings, folder / PIPELINE_FILE), [stage])[:-1]
    if needed:
        _dvc(past, folder, "repro", *needed)
    _dvc(past, folder, "repro", "--single-item", "--force", "--no-run-cache", stage)
    return folder


def compared(past: Past, folder: Path) -> list[Finding]:
    """The weights, everything the stage wrote and every figure it reported, then and now."""
    paths = load_params(folder / PARAMS_FILE).paths
    found = [Finding(name, then, _hash(folder / name)) for name, then in past.outputs.items()]
    if past.weights:
        now = sha256_of(folder / paths.of("models") / WEIGHTS_FILE)
        found.insert(0, Finding(f"sha256 of {WEIGHTS_FILE}", past.weights, now))
    now_told = _figures(folder / paths.reports / f"{past.manifest.stage}.json")
    names = [*past.figures, *(name for name in now_told if name not in past.figures)]
    told = [(name, past.figures.get(name, "absent"), now_told.get(name, "absent")) for name in names]
    return [*found, *(Finding(name, str(then), str(now)) for name, then, now in told)]


def _figures(report: Path) -> dict[str, Any]:
    return flatten(json.loads(report.read_text(encoding="utf-8")))


def _checked(file: Path, root: Path) -> Manifest:
    content = json.loads(file.read_text(encoding="utf-8"))
    if (version := content.get("format_version")) != FORMAT_VERSION:
        raise InputError(
            f"the run's manifest has format_version {version}, this version of Aurl reads {FORMAT_VERSION}; use the "
            "version that wrote it"
        )
    manifest = Manifest.model_validate(content)
    if not manifest.commit:
        raise InputError("the run was made outside a git repository, so its code cannot be had again")
    asked = ["git", "cat-file", "-e", f"{manifest.commit}^{{commit}}"]
    if subprocess.run(asked, cwd=root, capture_output=True, check=False).returncode:
        raise InputError(f"the run's commit {manifest.commit} is not in this repository: fetch it first")
    return manifest


def _check_out(past: Past, folder: Path, root: Path) -> None:
    """A clone of the repository that shares its objects, at the run's commit, with what had been changed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _git(root, "clone", "-q", "--shared", "--no-checkout", str(root), str(folder))
    _git(folder, "checkout", "-q", "--detach", past.manifest.commit)
    if (past.folder / CHANGES_FILE).is_file():
        _git(folder, "apply", "--whitespace=nowarn", str(past.folder / CHANGES_FILE))


def _settle(past: Past, folder: Path, root: Path) -> dict[str, Any]:
    """The run's settings in the folder, without tracking; what they name, and what is remembered of files, linked."""
    yaml = YAML()
    settings: dict[str, Any] = yaml.load(past.folder / PARAMS_FILE)
    for name in (str(value) for section, value in flatten(settings).items() if not section.startswith("paths.")):
        if name and not Path(name).is_absolute() and (root / name).exists():
            _link(folder / name, root / name)
    paths = Paths.model_validate(settings["paths"])
    for name, path in paths:
        if path.is_absolute():
            raise InputError(f"the run's paths.{name} is {str(path)!r}: to run it again would write over what is there")
    settings["tracking"]["is_enabled"] = False
    yaml.dump(settings, folder / PARAMS_FILE)
    _link(folder / paths.store, root / paths.store)
    (folder / ".dvc" / "config.local").write_text(f"[cache]\n    dir = {root / '.dvc/cache'}\n", encoding="utf-8")
    return settings


def _hash(path: Path) -> str:
    return content_hash(path) if path.exists() else "absent"


def _link(path: Path, target: Path) -> None:
    if target.exists() and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)


def _git(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AurlError(f"`git {arguments[0]}` failed in {folder}: {done.stderr.strip()}")


def _dvc(past: Past, folder: Path, *arguments: str) -> None:
    """Run DVC in the folder, on its code; what it prints is seen."""
    environment = {name: value for name, value in os.environ.items() if name not in _OURS_ALONE}
    environment |= {"PYTHONPATH": str(folder), "PATH": path_with_python()}
    environment |= {"OMP_NUM_THREADS": past.manifest.threads} if past.manifest.threads else {}
    done = subprocess.run([sys.executable, "-m", "dvc", *arguments], cwd=folder, env=environment, check=False)
    if done.returncode:
        raise AurlError(f"`dvc {' '.join(arguments)}` failed in {folder}: what it said is above")
