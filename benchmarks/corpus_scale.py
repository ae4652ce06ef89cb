"""What `dvc repro shard` costs as a corpus grows: cold, with a warm store, with 1 % of the files changed.

`python -m benchmarks.corpus_scale --midi FOLDER [--files 1000 10000] [--repeats 1]` makes a corpus of each size from
the MIDI below FOLDER (`make_corpus.py`), clones the repository beside it into a temporary folder, with this
environment's packages and tracking on, and runs there

* cold: nothing is known of the files;
* nothing to do: the same command again;
* warm: every stage is run anew, past DVC's own cache, with what the store knows of each file;
* strewn: every hundredth file has been played and saved anew;
* together: a hundredth of the files, which lie beside one another, has been played and saved anew.

Seconds are wall time of the command; those of stages are of `reports/timings`, without starting Python. Memory is the
proportional set size of the whole tree of processes, sampled twice a second.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from aurl_core.errors import ParseError
from aurl_core.parsing.midi import read_midi
from aurl_core.random_streams import stream
from aurl_core.rendering.midi import write_midi
from benchmarks.demo import REPOSITORY, measured
from benchmarks.make_corpus import make_corpus
from benchmarks.medley import dressed

_SAMPLE_SECONDS: Final = 0.5
_EVERY_CHANGED: Final = 100
_ODD_SHARE: Final = 0.02
_SEED: Final = 1
_STAGES: Final = ("ingest", "parse", "quantize", "shard")
_INCREMENTAL: Final = ("parse", "quantize", "shard")
_REPRO: Final = ["dvc", "repro", "--quiet", "shard"]


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run of the command."""

    seconds: float
    peak_bytes: int
    stages: dict[str, float]
    """Seconds of each stage's own work; of those that did not run, none."""

    @property
    def incremental(self) -> float:
        """Seconds of the stages that remember files."""
        return sum(self.stages.get(stage, 0.0) for stage in _INCREMENTAL)


def costs(midi: Path, folder: Path, *, files: int) -> dict[str, Cost]:
    """The runs over a corpus of `files` files in a new clone in `folder`."""
    music, root = folder / "music", folder / "aurl"
    make_corpus(midi, music, files=files, seed=_SEED, odd_share=_ODD_SHARE)
    subprocess.run(["git", "clone", "--quiet", REPOSITORY, root], check=True)
    (root / ".venv").symlink_to(Path(sys.prefix))
    measured(["python", "-m", "tasks.cli", "params", "use", "base", "-S", f"ingest.source={music}"], root)
    found = {"cold": _cost(root, _REPRO), "nothing to do": _cost(root, _REPRO)}
    shutil.rmtree(root / "data")
    found["warm"] = _cost(root, [*_REPRO, "--force", "--no-run-cache"])
    paths = sorted(path for path in music.rglob("*") if path.is_file())
    play_anew(paths[::_EVERY_CHANGED])
    found["strewn"] = _cost(root, _REPRO)
    play_anew(paths[len(paths) // 2 :][: len(paths) // _EVERY_CHANGED])
    return {**found, "together": _cost(root, _REPRO)}


def play_anew(paths: Sequence[Path]) -> None:
    """Save files with another performance of their music; those that are damaged stay as they are."""
    for number, path in enumerate(paths):
        with suppress(ParseError):
            path.write_bytes(write_midi(dressed(read_midi(path.read_bytes()), stream(_SEED, "played anew", number))))


def _cost(root: Path, command: list[str]) -> Cost:
    timings = root / "reports" / "timings"
    shutil.rmtree(timings, ignore_errors=True)
    seconds, peak = measured(command, root, sample_seconds=_SAMPLE_SECONDS)
    stages = {file.stem: float(json.loads(file.read_text())["seconds"]) for file in timings.glob("*.json")}
    return Cost(seconds, peak, stages)


def median_cost(found: Sequence[Cost]) -> Cost:
    """The median of each figure over repeats; of memory the worst."""
    names = {name for cost in found for name in cost.stages}
    stages = {name: statistics.median(cost.stages.get(name, 0.0) for cost in found) for name in names}
    return Cost(statistics.median(cost.seconds for cost in found), max(cost.peak_bytes for cost in found), stages)


def _rows(by_size: dict[int, dict[str, Cost]]) -> Iterator[list[str]]:
    for files, by_run in by_size.items():
        for run, cost in by_run.items():
            stages = [f"{cost.stages[stage]:.1f}" if stage in cost.stages else "" for stage in _STAGES]
            yield [f"{files:,}", run, f"{cost.seconds:.1f}", *stages, f"{cost.peak_bytes / 1e6:,.0f}"]


def _summary(by_size: dict[int, dict[str, Cost]]) -> Iterator[str]:
    for files, by_run in by_size.items():
        cold = by_run["cold"]
        shares = " ".join(
            f"{run}_share={by_run[run].seconds / cold.seconds:.3f} "
            f"{run}_share_of_stages={by_run[run].incremental / cold.incremental:.3f}"
            for run in ("warm", "strewn", "together")
        )
        yield f"files={files} cold_seconds={cold.seconds:.1f} cold_peak_pss_bytes={cold.peak_bytes} {shares}"
    sizes = sorted(by_size)
    for small, large in pairwise(sizes):
        ratio = by_size[large]["cold"].seconds / by_size[small]["cold"].seconds
        stages = by_size[large]["cold"].incremental / by_size[small]["cold"].incremental
        yield f"from={small} to={large} ratio={ratio:.2f} ratio_of_stages={stages:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--midi", type=Path, required=True, help="folder of MIDI to make corpora of")
    parser.add_argument("--files", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    by_size: dict[int, dict[str, Cost]] = {}
    for files in options.files:
        found: list[dict[str, Cost]] = []
        for _ in range(options.repeats):
            with tempfile.TemporaryDirectory(prefix="aurl-scale-") as folder:
                found.append(costs(options.midi.resolve(), Path(folder), files=files))
        by_size[files] = {run: median_cost([one[run] for one in found]) for run in found[0]}
    table = Table("files", "run", "seconds", *_STAGES, "peak MB", title="dvc repro shard")
    for row in _rows(by_size):
        table.add_row(*row)
    Console().print(table)
    print("\n".join(_summary(by_size)))


if __name__ == "__main__":
    main()
