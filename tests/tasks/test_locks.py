"""One process a stage, and nothing left behind by a killed one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from aurl_core.errors import BusyError
from tasks.locks import stage_lock, sweep


def test_a_second_run_is_told_which_process_has_the_stage(tmp_path: Path) -> None:
    with (
        stage_lock("parse", folder=tmp_path),
        pytest.raises(BusyError, match=rf"parse .* process {os.getpid()}"),
        stage_lock("parse", folder=tmp_path, patience_seconds=0.01),
    ):
        pass


def test_the_lock_is_free_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(ValueError), stage_lock("parse", folder=tmp_path):
        raise ValueError

    with stage_lock("parse", folder=tmp_path, patience_seconds=0.01):
        pass


def test_other_stages_are_not_in_the_way(tmp_path: Path) -> None:
    with stage_lock("parse", folder=tmp_path), stage_lock("shard", folder=tmp_path, patience_seconds=0.01):
        holders = {file.stem: file.read_text() for file in tmp_path.glob("*.pid")}

    assert holders == dict.fromkeys(("parse", "shard"), f"{os.getpid()}\n")


def test_leftovers_of_a_killed_run_are_swept_and_nothing_else(tmp_path: Path) -> None:
    for name in ("parsed", ".parsed.x7q/parsed", ".raw.abc/raw", ".parsedness"):
        (tmp_path / name).mkdir(parents=True)

    sweep([tmp_path / "parsed"])

    assert sorted(path.name for path in tmp_path.iterdir()) == [".parsedness", ".raw.abc", "parsed"]


def test_a_stage_ends_when_its_caller_is_killed(tmp_path: Path) -> None:
    stage = (
        "import os, psutil, subprocess, sys, time; from tasks.locks import end_with;"
        "end_with(psutil.Process(os.getppid()));"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(os.getpid(), child.pid, flush=True); time.sleep(60)"
    )
    caller = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {stage!r}])"
    with subprocess.Popen([sys.executable, "-c", caller], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        pids = [int(pid) for pid in process.stdout.readline().split()]
        process.send_signal(signal.SIGKILL)

        deadline = time.monotonic() + 10
        while any(_is_alive(pid) for pid in pids) and time.monotonic() < deadline:
            time.sleep(0.05)

    assert [pid for pid in pids if _is_alive(pid)] == []


def _is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
