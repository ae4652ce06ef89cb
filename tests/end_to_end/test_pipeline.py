"""The real graph on six pieces: what it makes, what it reruns, and what a kill leaves."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pretty_midi
import pytest

from tests.end_to_end.conftest import STAGES, Pipeline

pytestmark = pytest.mark.slow


def contents(root: Path) -> dict[str, str]:
    """sha256 of every file that the stages own."""
    files = [path for top in ("data", "reports") for path in sorted((root / top).rglob("*")) if path.is_file()]
    owned = [path for path in files if path.name != "catalog.duckdb" and "timings" not in path.parts]
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
        row = connection.sql("select min(pitch - 60) < 0, count(*) from notes").fetchone()
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


def test_learning_rate_reruns_train_and_what_follows(pipeline: Pipeline) -> None:
    before = contents(pipeline.root)
    done = pipeline.run("tasks.cli", "params", "show", "train.optimizer.learning_rate")
    rate = float(done.stdout.split()[-1])
    pipeline.run(
        "tasks.cli", "params", "use", "test", *_source(pipeline), "-S", f"train.optimizer.learning_rate={rate * 2}"
    )
    ran = [name for name in pipeline.repro() if name != "ingest"]
    assert ran == ["train", "generate", "evaluate", "export"]
    pipeline.run("tasks.cli", "params", "use", "test", *_source(pipeline))
    pipeline.repro()
    assert contents(pipeline.root) == before


@pytest.mark.parametrize("stage", STAGES)
def test_kill_in_mid_stage_then_repro_ends_as_if_undisturbed(pipeline: Pipeline, stage: str) -> None:
    before = contents(pipeline.root)
    process = subprocess.Popen(
        [sys.executable, "-m", "dvc", "repro", "--single-item", "--force", stage],
        cwd=pipeline.root, env=pipeline.environment, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Running stage"):
            break
    time.sleep(1.0)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    pipeline.repro()
    assert contents(pipeline.root) == before


def _source(pipeline: Pipeline) -> list[str]:
    return ["-S", f"ingest.source={pipeline.root.parent / 'music'}"]
