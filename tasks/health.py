"""The state of this machine as far as the pipeline cares. Nothing is changed here."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from aurl_core.errors import AurlError
from tasks.params import Params, load_params

_PINS = Path("constraints.txt")
_FREE_BYTES, _MEMORY_BYTES = 5e9, 4e9
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    found: str
    is_good: bool = True
    is_fatal: bool = False
    """Must it be mended before anything works?"""

    @property
    def mark(self) -> str:
        return "ok" if self.is_good else "MEND" if self.is_fatal else "note"


def examine(root: Path) -> Iterator[Finding]:
    """Everything worth looking at in the repository `root`, the current folder."""
    version = ".".join(map(str, sys.version_info[:3]))
    is_right = sys.version_info[:2] == (3, 11)
    yield Finding("Python", f"{version}{'' if is_right else ', not 3.11: `make setup`'}", is_right, not is_right)
    yield _versions(root / _PINS)
    try:
        params = load_params(root / "params.yaml")
    except AurlError as error:
        yield Finding("params.yaml", str(error), is_good=False, is_fatal=True)
        return
    yield Finding("params.yaml", "can be used")
    yield from _folders(params)
    yield from _machine(root, params)


def _versions(pins: Path) -> Finding:
    wanted = dict(line.strip().split("==") for line in pins.read_text().splitlines() if "==" in line)
    wrong = []
    for name, version in wanted.items():
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        if found.partition("+")[0] != version:
            wrong.append(f"{name} {found} instead of {version}")
    return Finding("packages", "; ".join(wrong) or "as pinned in constraints.txt", not wrong)


def _folders(params: Params) -> Iterator[Finding]:
    for name in type(params.paths).model_fields:
        folder = getattr(params.paths, name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            yield Finding(f"paths.{name}", f"{folder}: {error.strerror}", is_good=False, is_fatal=True)
        else:
            yield Finding(f"paths.{name}", f"{folder} can be written")


def _machine(root: Path, params: Params) -> Iterator[Finding]:
    free, memory = shutil.disk_usage(root).free, psutil.virtual_memory().available
    yield Finding("free disk", f"{free / 1e9:.1f} GB", free > _FREE_BYTES)
    yield Finding("free memory", f"{memory / 1e9:.1f} GB", memory > _MEMORY_BYTES)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield Finding("cores", f"{cores}, of which cluster.workers uses {params.cluster.workers or cores}")
    git = shutil.which("git")
    yield Finding("git", git or "missing: runs will not name their commit", bool(git))
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    yield Finding("chromium", browser or "missing: the tests that open a browser are skipped", bool(browser))
