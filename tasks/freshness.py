"""What `dvc repro` would run, and why: DVC's own answer in words, and what follows from it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aurl_core.errors import AurlError, BusyError
from tasks.params import PARAMS_FILE, Params
from tasks.pipeline import LOCK_FILE, Declaration, feeds, is_code, read_pipeline
from tasks.settings import Settings, difference, read_settings

_NEVER = "has not run yet"
_TOLD_FILES = 2
_BUSY = ("is busy", "acquire lock")
"""What DVC says when another of its commands holds the repository or a file of it."""


@dataclass(frozen=True, slots=True)
class StageState:
    """What `dvc repro` would do with a stage."""

    verdict: str
    """`up to date`, `looks` (an always-changed stage), `would run` or `may run` (if what it reads changes)."""
    why: str


def stage_states(params: Params, root: Path) -> dict[str, StageState]:
    """The state of each stage, by name, in order. BusyError while another DVC command runs."""
    settings = params.model_dump(mode="json")
    pipeline = read_pipeline(settings)
    locked = read_settings(root / LOCK_FILE).get("stages", {}) if (root / LOCK_FILE).exists() else {}
    return combine(pipeline, dvc_status(root), locked, read_settings(root / PARAMS_FILE))


def combine(
    pipeline: Mapping[str, Declaration], status: Mapping[str, list[Any]], locked: Settings, settings: Settings
) -> dict[str, StageState]:
    """States from what `dvc status --json` says, the stages of dvc.lock, and the settings as they are now."""
    states: dict[str, StageState] = {}
    for name, stage in pipeline.items():
        reasons = list(_reasons(status.get(name, []), locked.get(name, {}), settings))
        before = [other for other, state in states.items() if feeds(pipeline[other], stage) and _may_run(state)]
        if name not in locked:
            states[name] = StageState("would run", _NEVER)
        elif reasons:
            states[name] = StageState("would run", "; ".join(reasons))
        elif before:
            states[name] = StageState("may run", f"reads what {' and '.join(before)} would write")
        elif stage.is_always_changed:
            states[name] = StageState("looks", "looks for changed files every time")
        else:
            states[name] = StageState("up to date", "")
    return states


def dvc_status(root: Path) -> dict[str, list[Any]]:
    """What `dvc status --json` says; stages that are up to date are not in it."""
    command = [sys.executable, "-m", "dvc", "status", "--json"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        found: dict[str, list[Any]] = json.loads(done.stdout or "{}")
        return found
    raise refusal(" ".join(done.stderr.split()))


def refusal(words: str) -> AurlError:
    """What it means that `dvc status` ended with these words: a BusyError if another DVC command is to blame."""
    if any(sign in words for sign in _BUSY):
        return BusyError(f"Another DVC command is running: wait until it has ended, or end it. DVC says: {words}")
    return AurlError(f"`dvc status` could not be asked: {words}")


def _may_run(state: StageState) -> bool:
    return state.verdict in ("would run", "may run")


def _reasons(status: list[Any], locked: Settings, settings: Settings) -> Iterator[str]:
    code: list[str] = []
    for entry in status:
        if not isinstance(entry, dict):
            if entry != "always changed":
                yield str(entry)
            continue
        for path, how in [pair for changes in entry.values() for pair in changes.items()]:
            if isinstance(how, dict):
                yield from _changed_settings(how, locked.get("params", {}).get(path, {}), settings)
            elif is_code(Path(path)):
                code.append(path)
            else:
                yield f"{path} {how}"
    if code:
        more = len(code) - _TOLD_FILES
        yield f"code: {', '.join(code[:_TOLD_FILES])}" + (f" and {more} more" if more > 0 else "")


def _changed_settings(changes: Mapping[str, str], before: Settings, now: Settings) -> Iterator[str]:
    for section in changes:
        found = difference({section: before.get(section)}, {section: now.get(section)})
        yield from found or [section]
