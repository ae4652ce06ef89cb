"""The repository is found from any folder in it, and the tools are kept inside it."""

import os
from pathlib import Path

import pytest

from tasks.environment import find_root, set_up


def test_the_root_is_found_from_a_folder_inside(repository: Path) -> None:
    (repository / "data" / "deep").mkdir(parents=True)

    assert find_root(repository / "data" / "deep") == repository


def test_outside_it_is_where_this_code_is(tmp_path: Path) -> None:
    assert (find_root(tmp_path) / "tasks" / "environment.py").is_file()


def test_folders_are_inside_and_telemetry_is_off(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MPLCONFIGDIR", "PREFECT_HOME", "DVC_NO_ANALYTICS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PREFECT_HOME", "mine")

    set_up(repository)

    assert os.environ["MPLCONFIGDIR"] == str(repository / ".aurl/matplotlib")
    assert os.environ["PREFECT_HOME"] == "mine"
    assert os.environ["DVC_NO_ANALYTICS"] == "1"
