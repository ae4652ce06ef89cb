"""A past run found, checked and compared; that one is really had again is shown by tests/end_to_end."""

import json
import shutil
from pathlib import Path

import pytest

from tasks.lineage import content_hash
from tasks.manifest import Manifest
from tasks.rerun import Past, compared, differences

MANIFEST = Manifest(
    stage="parse",
    commit="a" * 40,
    lock="",
    code="",
    inputs={},
    python="2.7.18",
    packages={"torch": "0.4", "gone": "1.0"},
    machine="",
    cores=1,
    threads="",
)
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def past(tmp_path: Path) -> tuple[Past, Path]:
    """A run, and a folder in which it was had again."""
    folder = tmp_path / "again"
    (folder / "data/parsed").mkdir(parents=True)
    (folder / "data/parsed/notes").write_text("notes")
    (folder / "reports").mkdir()
    (folder / "reports/parse.json").write_text(json.dumps({"num_pieces": 6, "by_reason": {"empty": 1}}))
    shutil.copy(REPOSITORY / "params.yaml", folder)
    outputs = {"data/parsed": content_hash(folder / "data/parsed")}
    figures = {"num_pieces": 6, "by_reason.empty": 1}
    return Past("run", MANIFEST, tmp_path, figures, outputs, weights=""), folder


def test_a_run_that_comes_out_the_same_is_the_same_in_everything(past: tuple[Past, Path]) -> None:
    found = compared(*past)
    assert [(one.what, one.is_same) for one in found] == [
        ("data/parsed", True),
        ("num_pieces", True),
        ("by_reason.empty", True),
    ]


def test_what_differs_is_found(past: tuple[Past, Path]) -> None:
    run, folder = past
    (folder / "data/parsed/notes").write_text("nodes")
    (folder / "reports/parse.json").write_text(json.dumps({"num_pieces": 5, "by_reason": {"empty": 1}}))
    assert [one.what for one in compared(run, folder) if not one.is_same] == ["data/parsed", "num_pieces"]
    shutil.rmtree(folder / "data/parsed")
    assert compared(run, folder)[0].now == "absent"


def test_another_machine_and_other_versions_are_told() -> None:
    others = {one.what: (one.then, one.now) for one in differences(MANIFEST) if not one.is_same}
    assert others["python"][0] == "2.7.18"
    assert others["torch"][0] == "0.4"
    assert others["gone"] == ("1.0", "none")
