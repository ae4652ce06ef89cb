"""`aurl ui`: free ports, both servers on loopback, nothing left behind."""

import signal
import socket
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from aurl_core.errors import AurlError
from tasks.processes import process_group
from tasks.servers import Servers, await_answer, free_port

REPOSITORY = Path.cwd()


def test_a_busy_port_is_said_and_the_next_taken() -> None:
    notes: list[str] = []
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]

        found = free_port(port, "MLflow", notes)

    assert found > port
    assert notes == [f"port {port} is busy, so MLflow is on {found}"]


def test_a_free_port_is_taken_without_a_word() -> None:
    notes: list[str] = []
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    assert (free_port(port, "MLflow", notes), notes) == (port, [])


@pytest.mark.slow
def test_the_pages_answer_until_ctrl_c_and_nothing_is_left(repository: Path) -> None:
    (repository / "flows").symlink_to(REPOSITORY / "flows")
    command = [sys.executable, "-m", "tasks.cli", "ui"]
    with process_group(command, environment={"PYTHONPATH": str(REPOSITORY)}) as ui:
        assert ui.stdout
        told = [line.split() for line in iter(ui.stdout.readline, "Ctrl-C ends both\n") if line]
        pages = [words[-1] for words in told if words[0] in ("Prefect,", "MLflow,")]
        assert len(pages) == 2
        for page in pages:
            with urllib.request.urlopen(urllib.request.Request(page, headers={"Accept": "text/html"})) as answer:
                assert b"<html" in answer.read()
        started = psutil.Process(ui.pid).children(recursive=True)

        ui.send_signal(signal.SIGINT)

        assert ui.stdout.read() == "ended\n"
        assert ui.wait() == 0
    assert len(started) >= 3
    assert psutil.wait_procs(started, timeout=10)[1] == []


def test_waiting_ends_when_a_server_does() -> None:
    with process_group([sys.executable, "-c", ""]) as process:
        Servers("", "", (), (process,)).wait()

        assert process.poll() == 0


def test_a_server_that_does_not_start_says_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as output, process_group(["sh", "-c", "echo no memory; exit 3"], output=output) as process:
        process.wait()

        with pytest.raises(AurlError, match="no memory"):
            await_answer("http://127.0.0.1:9/health", process, log)
