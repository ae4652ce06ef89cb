"""Where the user interfaces are: `aurl ui` writes it down, the flows link to it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aurl_core.files import write_whole

_FILE = Path(".aurl/addresses.json")
_MLFLOW = "http://127.0.0.1:5000"


@contextmanager
def known_addresses(*, prefect: str, mlflow: str) -> Iterator[None]:
    """Let flows link to these while the block runs, and then to what they linked to before."""
    before = _FILE.read_text() if _FILE.is_file() else None
    ours = json.dumps({"prefect": prefect, "mlflow": mlflow}) + "\n"
    write_whole(_FILE, ours)
    try:
        yield
    finally:
        if _FILE.is_file() and _FILE.read_text() == ours:
            write_whole(_FILE, before) if before else _FILE.unlink()


def mlflow_address() -> str:
    """The MLflow server or, with the store in the repository, the last address of `aurl ui`."""
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    if uri.startswith("http"):
        return uri.rstrip("/")
    return str(json.loads(_FILE.read_text())["mlflow"]) if _FILE.is_file() else _MLFLOW


def mlflow_run_address(experiment: str, run_id: str) -> str:
    """The page of one run."""
    return f"{mlflow_address()}/#/experiments/{experiment}/runs/{run_id}"
