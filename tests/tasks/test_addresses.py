"""Flows link to the MLflow that `aurl ui` started, or to a server of one's own."""

from pathlib import Path

import pytest

from tasks.addresses import known_addresses, mlflow_run_address


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


def test_before_the_first_ui_the_usual_port_is_taken() -> None:
    assert mlflow_run_address("1", "abc") == "http://127.0.0.1:5000/#/experiments/1/runs/abc"


def test_the_port_that_was_free_is_linked_to_while_it_is_served() -> None:
    with known_addresses(prefect="http://127.0.0.1:4201", mlflow="http://127.0.0.1:5001"):
        assert mlflow_run_address("1", "abc").startswith("http://127.0.0.1:5001/")
        with known_addresses(prefect="http://127.0.0.1:4202", mlflow="http://127.0.0.1:5002"):
            assert mlflow_run_address("1", "abc").startswith("http://127.0.0.1:5002/")
        assert mlflow_run_address("1", "abc").startswith("http://127.0.0.1:5001/")

    assert mlflow_run_address("1", "abc").startswith("http://127.0.0.1:5000/")


def test_a_server_of_ones_own_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://mlflow.example/")

    assert mlflow_run_address("1", "abc") == "https://mlflow.example/#/experiments/1/runs/abc"
