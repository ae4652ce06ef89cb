"""What `make demo` costs from a clean clone: seconds by stage, peak memory of all its processes, and a second run.

`python -m benchmarks.demo [--folder FOLDER]` clones the repository into FOLDER (a temporary one by default) and runs
`make demo` there twice, sampling the proportional set size of the whole process tree. Set-up is timed apart.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from tasks.timings import tree_memory

SAMPLE_SECONDS = 2.0
REPOSITORY = Path(__file__).parents[1]


def measured(command: list[str], folder: Path, *, sample_seconds: float = SAMPLE_SECONDS) -> tuple[float, int]:
    """Run a command to its good end; its seconds and the peak of its process tree's memory in bytes."""
    start, peak = time.perf_counter(), 0
    environment = {**os.environ, "PATH": f"{folder}/.venv/bin:{os.environ['PATH']}", "PYTHONPATH": str(folder)}
    with subprocess.Popen(command, cwd=folder, env=environment) as running:
        while running.poll() is None:
            with suppress(psutil.NoSuchProcess):
                peak = max(peak, tree_memory(running.pid))
            with suppress(subprocess.TimeoutExpired):
                running.wait(sample_seconds)
    if running.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {running.returncode} in {folder}")
    return time.perf_counter() - start, peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=None, help="where to clone to; must not exist")
    folder = (parser.parse_args().folder or Path(tempfile.mkdtemp(prefix="aurl-demo-")) / "aurl").resolve()
    subprocess.run(["git", "clone", "--quiet", REPOSITORY, folder], check=True)
    setup_seconds, _ = measured(["make", "setup"], folder)
    cold_seconds, peak = measured(["make", "demo"], folder)
    timings = {path.stem: json.loads(path.read_text()) for path in (folder / "reports/timings").glob("*.json")}
    warm_seconds, _ = measured(["make", "demo"], folder)
    nothing_seconds = statistics.median(measured(["dvc", "repro", "--quiet"], folder)[0] for _ in range(5))

    table = Table("step", "seconds", title="make demo from a clean clone")
    for name, timing in sorted(timings.items(), key=lambda item: -item[1]["seconds"]):
        table.add_row(name, f"{timing['seconds']:.1f}")
    table.add_row("all of it, set-up apart", f"{cold_seconds:.1f}")
    table.add_row("a second time", f"{warm_seconds:.1f}")
    table.add_row("dvc repro, nothing to do", f"{nothing_seconds:.1f}")
    Console().print(table)
    print(
        f"setup_seconds={setup_seconds:.0f} demo_seconds={cold_seconds:.0f} demo_peak_pss_bytes={peak} "
        f"second_demo_seconds={warm_seconds:.1f} nothing_to_do_seconds={nothing_seconds:.1f}"
    )


if __name__ == "__main__":
    main()
