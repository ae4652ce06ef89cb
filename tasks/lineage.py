"""Where outputs come from: hashes as DVC computes them, the git commit, the process tree. Nothing is stored here."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

_CLOCK_SECONDS = 5.0
"""How far the time at which one process started may differ between two that ask, as the system's clock is set."""


def content_hash(path: Path) -> str:
    """The hash that dvc.lock will hold for a file or folder: md5, of a folder the md5 of its listing with `.dir`."""
    if path.is_file():
        return _md5(path)
    files = [file for file in path.rglob("*") if file.is_file()]
    with ThreadPoolExecutor() as threads:
        hashes = list(threads.map(_md5, files))
    listing = sorted(
        ({"md5": md5, "relpath": file.relative_to(path).as_posix()} for md5, file in zip(hashes, files, strict=True)),
        key=lambda entry: entry["relpath"],
    )
    return hashlib.md5(json.dumps(listing, sort_keys=True).encode(), usedforsecurity=False).hexdigest() + ".dir"


def _md5(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def folder_size(path: Path) -> tuple[int, int]:
    """Number of files and bytes of a file or folder; (0, 0) if there is none. Links are not followed."""
    files, size = 0, 0
    waiting = [str(path)] if path.is_dir() else []
    if path.is_file():
        return 1, path.stat().st_size
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    files, size = files + 1, size + entry.stat().st_size
    return files, size


def git_tags(root: Path) -> dict[str, str]:
    """`git.commit` and whether tracked files were changed since; empty outside a repository or without git."""
    git = shutil.which("git")
    commit = _output(git, "rev-parse", "HEAD", root=root) if git else ""
    if not git or not commit:
        return {}
    changed = _output(git, "status", "--porcelain", "--untracked-files=no", root=root)
    return {"git.commit": commit, "git.is_changed": str(bool(changed)).lower()}


def _output(program: str, *arguments: str, root: Path) -> str:
    done = subprocess.run([program, *arguments], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def process_name(process: psutil.Process | None = None) -> str:
    """A name for a process that no later process will have: host, pid and the time it was started."""
    process = process or psutil.Process()
    return f"{platform.node()}:{process.pid}:{process.create_time():.2f}"


def is_gone(name: str) -> bool:
    """Has the process named so by `process_name` ended? False when it ran on another host: we cannot know."""
    rest, _, started = name.rpartition(":")
    host, _, pid = rest.rpartition(":")
    if host != platform.node():
        return False
    try:
        return abs(psutil.Process(int(pid)).create_time() - float(started)) > _CLOCK_SECONDS
    except (psutil.Error, ValueError):
        return True


def pipeline_key(environment: Mapping[str, str] = os.environ) -> str:
    """What the stages of one pipeline run have in common.

    `PIPELINE_KEY` (a Prefect flow's run) if set, else the `dvc` command that started this process, else this process.
    """
    if "PIPELINE_KEY" in environment:
        return environment["PIPELINE_KEY"]
    dvc = dvc_ancestor()
    return f"dvc:{process_name(dvc)}" if dvc else f"hand:{process_name()}"


def dvc_ancestor() -> psutil.Process | None:
    """The nearest `dvc repro` or `dvc exp run` that this process descends from."""
    for parent in psutil.Process().parents():
        try:
            words = [Path(word).name for word in parent.cmdline()]
        except psutil.Error:
            continue
        if "dvc" in words and {"repro", "exp", "experiments"} & set(words):
            return parent
    return None
