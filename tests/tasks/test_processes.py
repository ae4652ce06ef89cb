"""What is started does not outlive its block, whatever it does about signals."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tasks.processes import end_group, path_with_python, process_group

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
)
PARENT = (
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print(child.pid, flush=True); time.sleep(60)"
)


def is_gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_the_lines_of_a_process_can_be_read() -> None:
    with process_group([sys.executable, "-c", "print('one'); print('two')"]) as process:
        assert process.stdout
        assert process.stdout.read() == "one\ntwo\n"


def test_what_it_prints_may_go_to_a_file(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as log, process_group([sys.executable, "-c", "print(1)"], output=log) as process:
        process.wait()

    assert (tmp_path / "log").read_text() == "1\n"


def test_the_environment_is_added_to_ours() -> None:
    code = "import os; print(os.environ['EXTRA'], 'PATH' in os.environ)"
    with process_group([sys.executable, "-c", code], environment={"EXTRA": "yes"}) as process:
        assert process.stdout
        assert process.stdout.read() == "yes True\n"


def test_children_end_with_their_group() -> None:
    with process_group([sys.executable, "-c", PARENT]) as process:
        assert process.stdout
        child = int(process.stdout.readline())

    assert process.poll() is not None
    assert is_gone(child)


def test_who_ignores_an_interrupt_is_told_again() -> None:
    patience = {signal.SIGINT: 0.1, signal.SIGTERM: 5.0}
    process = subprocess.Popen(
        [sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        assert process.stdout
        process.stdout.readline()

        end_group(process, patience_seconds=patience)

    assert process.returncode == -signal.SIGTERM


def test_the_group_ends_when_the_block_fails() -> None:
    with pytest.raises(ValueError), process_group([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        raise ValueError

    assert process.poll() is not None


def test_python_is_found_first() -> None:
    assert path_with_python().split(os.pathsep)[0] == str(Path(sys.executable).parent)
