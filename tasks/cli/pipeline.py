"""`aurl demo` and `aurl status`: the whole pipeline, and what it would do next."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from tasks.cli.entry import enter, print_table, size_text

if TYPE_CHECKING:
    from tasks.params import Params


def demo() -> None:
    """Run the whole pipeline.

    What is up to date is skipped; at the end a table says where everything is.
    """
    enter()
    import os

    from tasks.params import load_params
    from tasks.processes import path_with_python

    params = load_params()
    sys.stdout.flush()
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "repro"], env={**os.environ, "PATH": path_with_python()}, check=False
    )
    if done.returncode:
        raise typer.Exit(done.returncode)
    print_table(("stage", "seconds"), _seconds(params), right=["seconds"])
    print_table(("likelihood of unheard music", "model", "bigram"), _likelihood(params), right=["model", "bigram"])
    print_table(("what", "where"), _whereabouts(params))


def _seconds(params: Params) -> Iterator[tuple[str, str]]:
    """How long each stage took when it last did something."""
    from tasks.pipeline import STAGES
    from tasks.timings import read_timings

    for stage in STAGES:
        if timings := read_timings(params.paths.reports, stage):
            yield stage, f"{timings.seconds:.1f}"


def _likelihood(params: Params) -> Iterator[tuple[str, str, str]]:
    """What training came to, of reports/train.json."""
    import json

    figures = json.loads((params.paths.reports / "train.json").read_text())
    for split in ("validation", "test"):
        for figure in ("bits_per_note", "nats_per_token", "perplexity"):
            key = f"{split}_{figure}"
            yield key.replace("_", " "), f"{figures[key]:.2f}", f"{figures[f'bigram_{key}']:.2f}"


def _whereabouts(params: Params) -> Iterator[tuple[str, object]]:
    paths = params.paths
    generated = paths.of("generated")
    yield "corpus (Parquet)", paths.of("corpus")
    yield "corpus (SQL)", 'aurl query "select * from pieces limit 5"'
    yield "studies", paths.of("studies")
    yield "model", paths.of("models")
    yield "report", paths.reports / "evaluate" / "index.html"
    for suffix in ("mid", "wav", "musicxml"):
        files = sorted(generated.glob(f"*.{suffix}"))
        yield f"new pieces ({suffix})", f"{generated}/*.{suffix}: {len(files)}, such as {files[0]}" if files else "none"
    yield "model bundle", paths.of("exports")
    yield "user interfaces", "make ui: Prefect and MLflow"
    yield "what next", "aurl status, aurl generate, aurl --help"


def status() -> None:
    """Say what would rerun and why.

    Also how long each stage took last time, and what the disk is used for.
    """
    root = enter()
    from tasks.disk import disk_use
    from tasks.freshness import stage_states
    from tasks.params import load_params
    from tasks.timings import read_timings

    params = load_params()
    states = stage_states(params, root)
    rows = []
    for name, state in states.items():
        timings = read_timings(params.paths.reports, name)
        took = f"{timings.seconds:.1f} s" if timings else ""
        when = timings.started_at.astimezone().strftime("%Y-%m-%d %H:%M") if timings else ""
        rows.append((name, state.verdict, took, when, state.why))
    print_table(("stage", "state", "last took", "on", "why"), rows, right=["last took"])
    print_table(
        ("disk", "folder", "files", "size"),
        [(use.what, use.path, use.num_files, size_text(use.num_bytes)) for use in disk_use(params, root)],
        right=["files", "size"],
    )
