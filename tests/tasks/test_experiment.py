"""One parent run a pipeline run, and none left open by a kill."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tasks.experiment import PROCESS_TAG, close_killed, connect, open_parent, tracking_uri
from tasks.lineage import process_name


def test_the_experiment_is_made_once(root: Path) -> None:
    assert connect("aurl", root)[1] == connect("aurl", root)[1]


def test_artifacts_are_in_the_repository(root: Path) -> None:
    client, experiment = connect("aurl", root)

    assert client.get_experiment(experiment).artifact_location == (root / ".mlflow" / "artifacts").as_uri()


def test_a_server_of_ones_own_is_obeyed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")

    assert tracking_uri(root) == "http://127.0.0.1:5000"


def test_stages_of_one_pipeline_share_a_parent_and_others_do_not(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client, experiment = connect("aurl", root)
    parents = []

    for key in ("prefect:1", "prefect:1", "prefect:2"):
        monkeypatch.setenv("PIPELINE_KEY", key)
        parents.append(open_parent(client, experiment, root, began=1, origin={"git.commit": "abc"}))

    assert parents[0] == parents[1] != parents[2]


def test_a_closed_parent_is_reopened_by_the_next_stage(root: Path) -> None:
    client, experiment = connect("aurl", root)
    parent = open_parent(client, experiment, root, began=1, origin={"git.commit": "abc"})
    client.set_terminated(parent, "FINISHED")

    open_parent(client, experiment, root, began=1, origin={"git.commit": "abc"})

    assert client.get_run(parent).info.status == "RUNNING"


def test_runs_of_ended_processes_are_closed_and_ours_are_not(root: Path) -> None:
    client, experiment = connect("aurl", root)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        dead = process_name(psutil.Process(child.pid))
        child.communicate(b"\n")
    runs = [client.create_run(experiment, tags={PROCESS_TAG: name}).info.run_id for name in (dead, process_name())]

    close_killed(client, experiment)

    assert [client.get_run(run).info.status for run in runs] == ["KILLED", "RUNNING"]
