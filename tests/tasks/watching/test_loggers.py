"""TensorBoard and Weights & Biases take what MLflow takes, into the repository, and cannot end a training."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from aurl_core.errors import SettingError
from tasks.params import TrackingParams
from tasks.watching.loggers import check_loggers, opened_loggers

REPOSITORY = Path.cwd()
OFFLINE = """
from pathlib import Path
from tasks.environment import set_up
from tasks.params import TrackingParams
from tasks.watching.loggers import opened_loggers

set_up(Path.cwd())
tracking = TrackingParams(experiment="aurl", model_name="aurl", loggers=["wandb"])
with opened_loggers(tracking, "abc", {"train.batch_size": 4}) as loggers:
    loggers.add({"losses/kl": 0.5}, 1024)
"""


def tracking(*loggers: str) -> TrackingParams:
    return TrackingParams(experiment="aurl", model_name="aurl", loggers=loggers)


def test_tensorboard_has_the_curves(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    with opened_loggers(tracking("tensorboard"), "abc", {"seed": 1}) as loggers:
        loggers.add({"losses/kl": 0.5}, 1024)

    found = EventAccumulator(str(tmp_path / ".aurl" / "tensorboard" / "abc")).Reload()
    assert [(point.step, point.value) for point in found.Scalars("losses/kl")] == [(1024, 0.5)]


def test_wandb_writes_a_run_here_nothing_at_home_and_asks_no_network(tmp_path) -> None:
    """Whatever would go out has to pass a proxy, which counts who knocks."""
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    work.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY")
        environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(REPOSITORY), **dict.fromkeys(names, address)}
        subprocess.run([sys.executable, "-c", OFFLINE], cwd=work, env=environment, check=True)
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()

    (run,) = (work / ".aurl" / "wandb").glob("offline-run-*/run-*.wandb")
    assert b"losses/kl" in run.read_bytes()
    assert list(home.rglob("*")) == []


def test_one_that_is_not_installed_is_said_with_the_way_to_install_it() -> None:
    with pytest.raises(SettingError, match=r"pip install --constraint constraints\.txt wandb"):
        check_loggers(tracking("mlflow", "wandb"), find=lambda name: None)


class Broken:
    """Opens, and fails at its first figures."""

    def __init__(self, run, settings, tracking) -> None:
        self.calls = 0

    def add(self, figures, step) -> None:
        self.calls += 1
        raise OSError("no space left")

    def close(self) -> None:
        raise OSError("no space left")


def test_one_that_fails_is_a_warning_and_then_left_alone(caplog) -> None:
    with opened_loggers(tracking("wandb"), "abc", {}, makers={"wandb": Broken}) as loggers:
        loggers.add({"x": 1.0}, 1)
        loggers.add({"x": 1.0}, 2)

    told = [record.getMessage() for record in caplog.records]
    assert [text.split(";")[0] for text in told] == ["wandb could not take figures", "wandb could not close its run"]
