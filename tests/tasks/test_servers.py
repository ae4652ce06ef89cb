"""`aurl ui`: free ports, both servers on loopback, nothing left behind."""

import json
import socket
import threading
import urllib.request
from pathlib import Path

import psutil
import pytest

from aurl_core.errors import AurlError
from tasks.processes import process_group
from tasks.servers import await_answer, free_port, running_servers

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
def test_both_answer_and_both_are_gone_afterwards(repository: Path) -> None:
    (repository / ".aurl").mkdir()
    (repository / "flows").symlink_to(REPOSITORY / "flows")

    with running_servers(repository, "aurl") as servers:
        prefect = servers.prefect.removesuffix("/deployments")
        with urllib.request.urlopen(f"{prefect}/api/health") as answer:
            assert json.load(answer) is True
        assert {process.poll() for process in servers.processes} == {None}
        started = psutil.Process().children(recursive=True)
        waiting = threading.Thread(target=servers.wait)
        waiting.start()
        servers.processes[-1].kill()
        waiting.join(timeout=10)

    assert not waiting.is_alive()
    assert [process for process in psutil.wait_procs(started, timeout=10)[1] if process.is_running()] == []


def test_a_server_that_does_not_start_says_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as output, process_group(["sh", "-c", "echo no memory; exit 3"], output=output) as process:
        process.wait()

        with pytest.raises(AurlError, match="no memory"):
            await_answer("http://127.0.0.1:9/health", process, log)
