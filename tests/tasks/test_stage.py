"""A stage is read off its function; its paths must be able to be folders."""

from pathlib import Path

import pytest

from aurl_core.errors import SettingError
from tasks.stage import Paths, StageReport, stage


class Found(StageReport):
    num_files: int


@stage
def ingest(params: str, paths: Paths, *, cluster: int, seed: int) -> Found:
    """Count to what it is told."""
    return Found(num_files=len(params) + cluster + seed)


def test_its_name_and_sections_are_those_of_its_signature() -> None:
    assert (ingest.name, ingest.sections) == ("ingest", ("ingest", "cluster", "seed"))


def test_calling_it_runs_the_function() -> None:
    assert ingest("abc", Paths(), cluster=2, seed=1) == Found(num_files=6)


def test_folders_may_be_there_or_yet_to_be_made(tmp_path: Path) -> None:
    paths = Paths(data=tmp_path, reports=tmp_path / "deep" / "reports")

    paths.check()

    assert paths.of("raw") == tmp_path / "raw"
    assert not paths.reports.exists()


@pytest.mark.parametrize("below", ["", "deep"])
def test_a_file_where_a_folder_should_be_is_named(tmp_path: Path, below: str) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(SettingError, match=r"paths\.data is '.*', but .*notes\.txt is a file"):
        Paths(data=tmp_path / "notes.txt" / below).check()
