"""What a stage cost: seconds, peak memory of its processes, things per second. Kept out of reports, which are equal
whenever the outputs are."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psutil
from pydantic import BaseModel, ConfigDict

from aurl_core.files import write_whole
from tasks.stage import StageReport

_SAMPLE_SECONDS = 0.25


class Timings(BaseModel):
    """The cost of one run of a stage."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    stage: str
    started_at: datetime
    """UTC."""
    seconds: float
    """Wall time of the stage's own work; starting Python is not in it."""
    peak_memory_bytes: int
    """Highest sum over the process and its children (shared pages counted once, where the system can tell)."""
    per_second: dict[str, float]
    """Counts of the report divided by `seconds`."""


def timings_file(reports: Path, stage: str) -> Path:
    """Where a stage's timings are: beside the reports, not owned by DVC."""
    return reports / "timings" / f"{stage}.json"


def read_timings(reports: Path, stage: str) -> Timings | None:
    """The last timings of a stage, None if it has not run here."""
    file = timings_file(reports, stage)
    return Timings.model_validate_json(file.read_bytes()) if file.is_file() else None


def write_timings(reports: Path, timings: Timings) -> None:
    """Replace the last timings of the stage."""
    write_whole(timings_file(reports, timings.stage), timings.model_dump_json(indent=2) + "\n")


@dataclass
class Meter:
    """Clock and memory gauge of a block of code; the figures stand when the block has ended."""

    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0
    peak_memory_bytes: int = 0

    def timings(self, stage: str, report: StageReport) -> Timings:
        rates = {name: getattr(report, name) / max(self.seconds, 1e-9) for name in report.rates}
        return Timings(
            stage=stage,
            started_at=self.started_at,
            seconds=round(self.seconds, 3),
            peak_memory_bytes=self.peak_memory_bytes,
            per_second={name: round(rate, 3) for name, rate in rates.items()},
        )


@contextmanager
def measured() -> Iterator[Meter]:
    """Measure the block; memory is sampled four times a second from a thread."""
    meter, ended = Meter(), threading.Event()

    def sample() -> None:
        while not ended.wait(_SAMPLE_SECONDS):
            meter.peak_memory_bytes = max(meter.peak_memory_bytes, tree_memory())

    thread = threading.Thread(target=sample, name="memory-gauge", daemon=True)
    thread.start()
    start = time.perf_counter()
    try:
        yield meter
    finally:
        meter.seconds = time.perf_counter() - start
        ended.set()
        thread.join()
        meter.peak_memory_bytes = max(meter.peak_memory_bytes, tree_memory())


def tree_memory(pid: int | None = None) -> int:
    """Bytes held by a process (this one by default) and its descendants: PSS where there is such a thing, else RSS."""
    root = psutil.Process(pid)
    total = 0
    for process in (root, *root.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            total += _memory(process)
    return total


def _memory(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().pss)
    except (AttributeError, psutil.AccessDenied):
        return int(process.memory_info().rss)
