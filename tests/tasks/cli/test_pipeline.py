"""`aurl demo` and `aurl status` in a repository of one real DVC stage."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Aurl = Callable[..., tuple[int, str, str]]
STAGE = """\
stages:
  parse:
    cmd: python tasks/parse.py
    deps: [tasks/parse.py]
    params: [seed]
    outs: [parsed.txt]
"""
SPLITS, FIGURES = ("validation", "test"), ("bits_per_note", "nats_per_token", "perplexity")


@pytest.fixture
def project(repository: Path) -> Path:
    (repository / "dvc.yaml").write_text(STAGE)
    names = (f"{model}{split}_{figure}" for model in ("", "bigram_") for split in SPLITS for figure in FIGURES)
    (repository / "reports").mkdir()
    (repository / "reports" / "train.json").write_text(json.dumps(dict.fromkeys(names, 3.77)))
    (repository / "tasks" / "parse.py").write_text("open('parsed.txt', 'w').write('made')")
    for command in (["git", "init", "-q"], [sys.executable, "-m", "dvc", "init", "-q"]):
        subprocess.run(command, check=True)
    return repository


def test_demo_runs_the_pipeline_and_says_where_everything_is(aurl: Aurl, project: Path) -> None:
    code, out, _ = aurl("demo")

    assert code == 0
    assert (project / "parsed.txt").read_text() == "made"
    assert "3.77" in out
    assert "data/exports" in out
    assert "make ui" in out


def test_demo_fails_when_a_stage_does(aurl: Aurl, project: Path) -> None:
    (project / "tasks" / "parse.py").write_text("raise SystemExit(1)")

    assert aurl("demo")[0] != 0


def test_status_says_what_would_run_and_why(aurl: Aurl, project: Path) -> None:
    assert "has not run yet" in aurl("status")[1]
    aurl("demo")
    assert "up to date" in aurl("status")[1]

    aurl("params", "use", "base", "-S", "seed=7")

    out = aurl("status")[1]
    assert "would run" in out
    assert "seed: 2026 → 7" in out


def test_status_shows_the_disk(aurl: Aurl, project: Path) -> None:
    assert ".dvc/cache" in aurl("status")[1]
