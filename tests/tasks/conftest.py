"""A repository that holds nothing but settings, and an MLflow store in it."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.params import Params, load_params
from tasks.profiles import use_profile


@pytest.fixture(scope="session")
def params(tmp_path_factory: pytest.TempPathFactory) -> Params:
    """The base profile."""
    file = tmp_path_factory.mktemp("params") / "params.yaml"
    use_profile("base", target=file)
    return load_params(file)


@pytest.fixture(scope="session")
def _empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow database with its tables, which take seconds to make; copied for every test."""
    from mlflow import MlflowClient

    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    MlflowClient(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def root(tmp_path: Path, _empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository, the current folder."""
    for name in ("PIPELINE_KEY", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".mlflow").mkdir()
    shutil.copy(_empty_store, tmp_path / ".mlflow" / "mlflow.db")
    return tmp_path


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A repository with settings and no data, the current folder; what an entry point sets is put back afterwards."""
    (tmp_path / "tasks").mkdir()
    for name in ("dvc.yaml", "constraints.txt"):
        shutil.copy(name, tmp_path)
    shutil.copytree("profiles", tmp_path / "profiles")
    monkeypatch.chdir(tmp_path)
    use_profile("base")
    environment, terminate, interrupt = dict(os.environ), *map(signal.getsignal, (signal.SIGTERM, signal.SIGINT))
    yield tmp_path
    signal.signal(signal.SIGTERM, terminate)
    signal.signal(signal.SIGINT, interrupt)
    os.environ.clear()
    os.environ.update(environment)
