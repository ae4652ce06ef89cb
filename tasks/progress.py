"""How far a stage is: a bar with the time left on a terminal, plain `PROGRESS` lines anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

ProgressSink = Callable[[int, int], None]
"""Takes (done, total)."""

_LINE_SECONDS = 1.0


@contextmanager
def progress(label: str) -> Iterator[ProgressSink]:
    """Yield what a stage calls with (done, total); it shows a bar, or at most a line a second if there is no terminal.

    The lines read `PROGRESS 120/413 parse`; Prefect's progress artifact is made from them.
    """
    with _bar(label) if sys.stdout.isatty() else _lines(label) as sink:
        yield sink


def bar_columns() -> tuple[ProgressColumn, ...]:
    """Name, bar, how many of how many, time passed, time left."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    return (
        TextColumn("{task.description:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("·"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )


@contextmanager
def _bar(label: str) -> Iterator[ProgressSink]:
    from rich.progress import Progress

    with Progress(*bar_columns()) as bars:
        task = bars.add_task(label, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


@contextmanager
def _lines(label: str) -> Iterator[ProgressSink]:
    last = -_LINE_SECONDS

    def sink(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _LINE_SECONDS or done == total:
            last = now
            print(f"PROGRESS {done}/{total} {label}", flush=True)  # noqa: T201

    yield sink
