"""The servers behind `aurl ui`: Prefect with the deployed flows, and MLflow, on this machine only."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from aurl_core.errors import AurlError
from tasks.addresses import known_addresses
from tasks.experiment import HOME, tracking_uri
from tasks.processes import process_group

HOST = "127.0.0.1"
"""The servers answer this machine only."""
_PREFECT_PORT, _MLFLOW_PORT = 4200, 5000
_START_SECONDS = 90.0
_POLL_SECONDS = 0.25
_TRIED_PORTS = 50


@dataclass(frozen=True, slots=True)
class Servers:
    """The pages to open, and what had to be different from usual."""

    prefect: str
    """Where flows are started."""
    mlflow: str
    """Where runs are compared."""
    notes: tuple[str, ...]
    processes: tuple[subprocess.Popen[str], ...]

    def wait(self) -> None:
        """Return when one of them has ended, which none does by itself."""
        while all(process.poll() is None for process in self.processes):
            time.sleep(_POLL_SECONDS)


@contextmanager
def running_servers(root: Path, experiment: str) -> Iterator[Servers]:
    """Start everything, yield when it answers, and end everything when the block ends.

    `experiment` is the name of the MLflow experiment whose runs are of interest.
    """
    notes: list[str] = []
    prefect = f"http://{HOST}:{free_port(_PREFECT_PORT, 'Prefect', notes)}"
    mlflow = f"http://{HOST}:{free_port(_MLFLOW_PORT, 'MLflow', notes)}"
    logs = root / ".aurl"
    for folder in (root / HOME, logs):
        folder.mkdir(exist_ok=True)
    with ExitStack() as stack:

        def start(name: str, command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
            log = stack.enter_context((logs / f"{name}.log").open("w"))
            return stack.enter_context(process_group(command, environment=environment, output=log))

        servers = [
            start("prefect", _prefect_command(prefect), {"PREFECT_UI_API_URL": f"{prefect}/api"}),
            start("mlflow", _mlflow_command(mlflow, root), {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}),
        ]
        await_answer(f"{prefect}/api/health", servers[0], logs / "prefect.log")
        flows = start("flows", [sys.executable, "-m", "flows.deployments"], {"PREFECT_API_URL": f"{prefect}/api"})
        await_answer(f"{mlflow}/health", servers[1], logs / "mlflow.log")
        stack.enter_context(known_addresses(prefect=prefect, mlflow=mlflow))
        yield Servers(f"{prefect}/deployments", _runs_page(mlflow, experiment), tuple(notes), (*servers, flows))


def free_port(wanted: int, name: str, notes: list[str]) -> int:
    """`wanted`, or the next port that nobody listens on; then a note says so."""
    for port in range(wanted, wanted + _TRIED_PORTS):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        if port != wanted:
            notes.append(f"port {wanted} is busy, so {name} is on {port}")
        return port
    raise AurlError(f"{name} finds no free port from {wanted} to {wanted + _TRIED_PORTS - 1}: end what listens there.")


def _prefect_command(address: str) -> list[str]:
    port = address.rpartition(":")[2]
    return [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", port]


def _mlflow_command(address: str, root: Path) -> list[str]:
    store = ["--backend-store-uri", tracking_uri(root), "--workers", "1"]
    artifacts = ["--default-artifact-root", (root / HOME / "artifacts").as_uri()]
    port = address.rpartition(":")[2]
    return [sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", port, *store, *artifacts]


def _runs_page(address: str, experiment: str) -> str:
    """The page with the runs of an experiment; the front page as long as there is none."""
    query = f"{address}/api/2.0/mlflow/experiments/get-by-name?experiment_name={quote(experiment)}"
    try:
        with urllib.request.urlopen(query, timeout=5) as answer:
            number = json.load(answer)["experiment"]["experiment_id"]
    except OSError:
        return address
    return f"{address}/#/experiments/{number}/runs?workflowType=machine_learning"


def await_answer(address: str, process: subprocess.Popen[str], log: Path) -> None:
    """Return when `address` answers; AurlError with the last words of the log if the process ends or takes too long."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=1):
                return
        except OSError:
            time.sleep(_POLL_SECONDS)
    last = " ".join(log.read_text().split()[-40:])
    raise AurlError(f"{address} does not answer; the last words in {log} are: {last}")
