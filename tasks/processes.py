"""Processes that we start and must not leave behind. What is started is said elsewhere."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_PATIENCE_SECONDS = {signal.SIGINT: 6.0, signal.SIGTERM: 4.0, signal.SIGKILL: 5.0}
"""How long a group is waited for after each signal before the next is sent."""


@contextmanager
def process_group(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, output: IO[str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start `command` in a process group of its own; none of the group outlives the block.

    What it prints goes to `output`, or is a pipe of lines. `environment` is added to ours.
    """
    process = subprocess.Popen(
        command,
        env={**os.environ, "PATH": path_with_python(), **(environment or {})},
        stdout=output or subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        end_group(process)
        if process.stdout:
            process.stdout.close()


def interruptible() -> None:
    """Let Ctrl-C and a polite kill unwind this process, even if what started it ignores Ctrl-C, which is inherited."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def end_group(
    process: subprocess.Popen[str], *, patience_seconds: Mapping[signal.Signals, float] = _PATIENCE_SECONDS
) -> None:
    """Send a process group each signal and wait that long, until its first process has ended; then kill the others."""
    for number, patience in patience_seconds.items():
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            break
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def path_with_python() -> str:
    """PATH with the folder of this Python first: the commands of dvc.yaml say just `python`."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
