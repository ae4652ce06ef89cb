"""The file in which a training writes down what it goes through, one JSON object a line; the page reads it.

Each line has a `kind` and `at`, Unix seconds:

    begin    run, settings, pid, pid_started   what is trained, and by which process from here on
    moment   what a `Moment` and a `Machine` say, flat
    figures  tokens_seen, figures      what a validation measured
    alert    code, level, text
    end      status                    finished, failed or killed

A run that was killed goes on in the same file. It takes steps again that it had taken after the last saved state; what
a reader knows of later tokens than a line speaks of is void from there on.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psutil

EVENTS_FILE: Final = "events.jsonl"
"""In the folder of a run."""
SKETCHES: Final = "sketches"
"""Folder of its samples, in the same."""
_DENSE_SECONDS: Final = 1000.0
"""So long each moment is kept; then they thin out in proportion, so that a file grows with the logarithm of time."""

Event = dict[str, Any]


@dataclass
class EventFile:
    """Appends events to `path`; each line is whole as soon as it is there."""

    path: Path
    _started: float = field(default_factory=time.monotonic)
    _kept: float = -math.inf
    """When the last moment was kept, seconds since `_started`."""

    def add(self, kind: str, **content: object) -> None:
        """Write a line; numbers that are not finite become null, which JSON has."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(_finite({"kind": kind, "at": round(time.time(), 3), **content})) + "\n"
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line)

    def begin(self, run: str, settings: Mapping[str, Any]) -> None:
        """Say which process trains what."""
        self.add("begin", run=run, pid=os.getpid(), pid_started=psutil.Process().create_time(), settings=settings)

    def add_moment(self, content: Mapping[str, object], *, is_last: bool) -> bool:
        """Write a moment down unless the last one is too near; was it kept?"""
        now = time.monotonic() - self._started
        if not is_last and now - self._kept < (now - _DENSE_SECONDS) / _DENSE_SECONDS:
            return False
        self._kept = now
        self.add("moment", **content)
        return True


def read_events(path: Path, offset: int = 0) -> tuple[list[Event], int]:
    """The whole lines from byte `offset` on, and the byte after them; from the start if the file is shorter."""
    if not path.is_file():
        return [], 0
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        begin = offset if 0 <= offset <= size else 0
        file.seek(begin)
        data = file.read()
    whole = data[: data.rfind(b"\n") + 1]
    return [json.loads(line) for line in whole.splitlines()], begin + len(whole)


def is_running(events: Iterable[Event]) -> bool:
    """Is the process that the last `begin` names at work still?"""
    last = next((event for event in reversed(list(events)) if event["kind"] in ("begin", "end")), None)
    if last is None or last["kind"] == "end":
        return False
    try:
        return bool(abs(psutil.Process(last["pid"]).create_time() - last["pid_started"]) < 1)
    except psutil.Error:
        return False


def _finite(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
