"""Everything that went into a stage's run, as files that MLflow keeps, so that the run can be had again.

What reruns it is rerun.py. None of it is a stage's output: a commit and a machine change without cause.

    manifest.json   commit, hashes of the code, of dvc.lock and of the stage's inputs, versions, machine, threads
    params.yaml     as it was
    changes.patch   what was changed since the commit, if anything
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from aurl_core.code_hash import code_hash
from tasks.lineage import content_hash
from tasks.params import PARAMS_FILE
from tasks.pipeline import LOCK_FILE, Declaration, read_hashes

MANIFEST: Final = "manifest"
"""The folder of these files among a run's artifacts."""
MANIFEST_FILE: Final = "manifest.json"
CHANGES_FILE: Final = "changes.patch"
FORMAT_VERSION: Final = 1
_OURS: Final = ("aurl_core", "tasks", "profiles", "dvc.lock")
"""What counts even if git does not know it yet; elsewhere it may be a person's music."""


class Manifest(BaseModel):
    """What a run began from."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
    format_version: int = FORMAT_VERSION
    stage: str
    commit: str
    """Empty outside a git repository."""
    lock: str
    """Hash of dvc.lock as it was; empty before the first `dvc repro`."""
    code: str
    """Hash of the code that ran."""
    inputs: dict[str, str]
    """Hash of the data that the stage read, by path, as DVC computes it; of the corpus, too."""
    python: str
    packages: dict[str, str]
    """The version of everything that was installed."""
    machine: str
    """Kind of processor, and system."""
    cores: int
    threads: str
    """OMP_NUM_THREADS, if it was set; the sections say how many threads a stage takes."""


def write_manifest(folder: Path, declaration: Declaration, *, root: Path) -> None:
    """Write into an empty folder what a stage begins from, here and now."""
    known = {path: md5 for stage in read_hashes(root / LOCK_FILE).values() for path, md5 in stage.items()}
    there = [path for path in declaration.inputs if (root / path).exists()]
    manifest = Manifest(
        stage=declaration.name,
        commit=_git(root, "rev-parse", "HEAD").strip(),
        lock=content_hash(root / LOCK_FILE) if (root / LOCK_FILE).is_file() else "",
        code=code_hash("aurl_core", "tasks"),
        inputs={path.as_posix(): known.get(path) or content_hash(root / path) for path in there},
        packages={one.name: one.version for one in sorted(distributions(), key=lambda one: one.name.lower())},
        **where(),
        threads=os.environ.get("OMP_NUM_THREADS", ""),
    )
    (folder / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    shutil.copyfile(root / PARAMS_FILE, folder / PARAMS_FILE)
    if changed := changes(root):
        (folder / CHANGES_FILE).write_text(changed, encoding="utf-8")


def where() -> dict[str, Any]:
    """What a result may depend on of the place where it is made."""
    machine = f"{platform.machine()} {platform.system()}"
    return {"python": platform.python_version(), "machine": machine, "cores": os.cpu_count() or 1}


def changes(root: Path) -> str:
    """What differs from the commit, as `git apply` reads it: every tracked file, and new files of code.

    Nothing in the repository is touched: the difference is taken in an index of its own.
    """
    if not _git(root, "rev-parse", "HEAD"):
        return ""
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        _git(root, "read-tree", "HEAD", **index)
        _git(root, "add", "--update", **index)
        _git(root, "add", "--", *(name for name in _OURS if (root / name).exists()), **index)
        return _git(root, "diff", "--cached", "--binary", "HEAD", **index)


def _git(root: Path, *arguments: str, **environment: str) -> str:
    """What git prints; empty outside a repository and without git."""
    git = shutil.which("git")
    if not git:
        return ""
    done = subprocess.run(
        [git, *arguments], cwd=root, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else ""
