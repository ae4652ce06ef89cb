"""One process a stage: the lock that a stage holds while it runs, and what a killed run left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from aurl_core.errors import BusyError

LOCKS = Path(".aurl/locks")
PATIENCE_SECONDS = 5.0
"""How long a lock is waited for: a stage whose `dvc` was killed ends itself sooner than that."""
_WATCH_SECONDS = 0.5


@contextmanager
def stage_lock(stage: str, *, folder: Path = LOCKS, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the stage's lock; BusyError says which process has it. A killed process holds nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    lock, holder = FileLock(folder / f"{stage}.lock"), folder / f"{stage}.pid"
    try:
        lock.acquire(timeout=patience_seconds)
    except Timeout:
        pid = holder.read_text().strip() if holder.exists() else "unknown"
        raise BusyError(
            f"The stage {stage} is being run already, by process {pid}. Wait until that has ended, or end it "
            f"(`kill {pid}`), then try again."
        ) from None
    try:
        holder.write_text(f"{os.getpid()}\n")
        yield
    finally:
        lock.release()


def sweep(outs: Iterable[Path]) -> None:
    """Remove what a killed run left beside the outs: temporary folders named `.<out>.<letters>`.

    Only for the holder of the stage's lock: nobody else writes these.
    """
    for out in outs:
        for leftover in out.parent.glob(f".{out.name}.*"):
            shutil.rmtree(leftover, ignore_errors=True)


def end_with(caller: psutil.Process) -> None:
    """End this process and its children soon after `caller` has ended.

    A killed `dvc` would else leave a stage running that nobody waits for, and that the next run would collide with.
    """

    def watch() -> None:
        with contextlib.suppress(psutil.NoSuchProcess):  # it may end between the two questions
            while caller.is_running() and caller.status() != psutil.STATUS_ZOMBIE:
                time.sleep(_WATCH_SECONDS)
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="caller-watch", daemon=True).start()
