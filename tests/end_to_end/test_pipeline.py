"""The real graph on six pieces: what it makes, what it reruns, and what a kill leaves."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import duckdb
import pretty_midi
import pytest

from tests.pipeline import STAGES, Pipeline

pytestmark = pytest.mark.slow


def contents(root: Path) -> dict[str, str]:
    """sha256 of every file that the stages own; the ledger knows former models too."""
    files = [path for top in ("data", "reports") for path in sorted((root / top).rglob("*")) if path.is_file()]
    owned = [path for path in files if path.name != "catalog.duckdb" and not {"timings", "ledger"} & {*path.parts}]
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in owned}


def test_all_outputs_are_there(pipeline: Pipeline) -> None:
    expected = ["data/corpus/manifest.json", "data/models/model.safetensors", "data/generated/samples.parquet",
                "reports/evaluate/index.html", "data/exports/SHA256SUMS"]  # fmt: skip
    assert [name for name in expected if not (pipeline.root / name).exists()] == []
    assert {path.stem for path in (pipeline.root / "reports").glob("*.json")} == set(STAGES)


def test_six_pieces_in_one_broken_file_recorded(pipeline: Pipeline) -> None:
    report = json.loads((pipeline.root / "reports/parse.json").read_text())
    assert (report["num_pieces"], report["num_rejections"]) == (6, 1)


def test_catalog_answers_sql(pipeline: Pipeline) -> None:
    done = pipeline.run("tasks.cli", "query", "select count(*) as n from pieces", "--csv")
    assert done.stdout.split() == ["n", "6"]


def test_duckdb_itself_reads_the_catalog(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pipeline.root)
    with duckdb.connect("data/catalog.duckdb", read_only=True) as connection:
        row = connection.execute("select min(pitch - 60) < 0, count(*) from notes").fetchone()
    assert row is not None
    assert row[0] is True
    assert row[1] > 5 * 256


def test_generated_midi_reads_in_pretty_midi_and_carries_lineage(pipeline: Pipeline) -> None:
    files = sorted((pipeline.root / "data/generated").glob("*.mid"))
    assert files
    for path in files:
        notes = [note for part in pretty_midi.PrettyMIDI(str(path)).instruments for note in part.notes]
        assert notes
        assert all(note.end > note.start for note in notes)
        assert b"corpus" in path.read_bytes()


def test_nothing_to_do_runs_nothing_but_the_scan(pipeline: Pipeline) -> None:
    assert pipeline.repro() in ([], ["ingest"])


@pytest.fixture(scope="module")
def untracked(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A copy that may be changed, without MLflow, which takes most of a tiny stage's time and is no stage's input."""
    copy = pipeline.copied(tmp_path_factory.mktemp("untracked"), "-S", "tracking.is_enabled=false")
    copy.repro()
    return copy


def test_learning_rate_reruns_train_and_what_follows(untracked: Pipeline) -> None:
    before = contents(untracked.root)
    rate = float(untracked.run("tasks.cli", "params", "show", "train.optimizer.learning_rate").stdout.split()[-1])
    untracked.use("-S", "tracking.is_enabled=false", "-S", f"train.optimizer.learning_rate={rate * 2}")
    ran = [name for name in untracked.repro() if name != "ingest"]
    assert ran == ["train", "generate", "evaluate", "export"]
    untracked.use("-S", "tracking.is_enabled=false")
    untracked.repro()
    assert contents(untracked.root) == before


OUTPUT = dict(
    zip(
        STAGES,
        ("raw", "parsed", "quantized", "corpus", "studies", "models", "generated", "evaluate", "exports"),
        strict=True,
    )
)


@pytest.mark.parametrize("stage", STAGES)
def test_kill_in_mid_stage_then_repro_ends_as_if_undisturbed(untracked: Pipeline, stage: str) -> None:
    before = contents(untracked.root)
    memory = "checkpoints" if stage == "train" else "store"
    shutil.rmtree(untracked.root / ".aurl" / memory)  # so that there is something to do
    again = ("dvc", "repro", "--single-item", "--force", stage)
    process = untracked.start(*again)
    kill_when_begun(process, untracked.root, stage)
    is_there = any((untracked.root / top / OUTPUT[stage]).exists() for top in ("data", "reports"))
    assert is_there == (stage == "ingest")  # whose out persists: the old one, whole
    untracked.run(*again)
    untracked.repro()
    assert contents(untracked.root) == before
    assert not [left for top in ("data", "reports") for left in (untracked.root / top).glob(".*/")]


def kill_when_begun(process: subprocess.Popen[str], root: Path, stage: str) -> None:
    """Kill the whole group: while train learns, and when another stage has begun to write under a temporary name."""
    assert process.stdout is not None
    if stage == "train":
        next(line for line in process.stdout if line.startswith("PROGRESS"))
    while stage != "train" and not list(root.glob(f"[dr]*/.{OUTPUT[stage]}.*")) and process.poll() is None:
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
