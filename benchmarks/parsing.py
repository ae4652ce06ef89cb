"""What reading and repairing cost: processor time beside a bare symusic parse, memory beside the columns that result.

`python -m benchmarks.parsing --data FOLDER` takes the development data. Times are medians of `--repeats` rounds in
which the peers take turns, processor time of one core. Memory is the peak of a process of its own above what it had
when it held the bytes, for files made here of one track, `--megabytes` large; it is read from /proc, so on Linux only.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np
import symusic
from pebble import ProcessPool

from aurl_core.parsing.midi import read_midi
from aurl_core.parsing.parser import parse_bytes
from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import Notes, Score
from tasks.params import load_params

_FOLDERS: Final = ("pop909", "freedoom")
_BYTES_PER_NOTE: Final = 8
_MB: Final = 1_000_000


def seconds(run: Callable[[bytes], object], files: list[bytes]) -> float:
    start = time.process_time()
    for data in files:
        run(data)
    return time.process_time() - start


def columns_alone(data: bytes) -> object:
    score = symusic.Score.from_midi(data)
    return [track.notes.numpy() for track in score.tracks], [track.controls.numpy() for track in score.tracks]


def print_times(folder: Path, *, files: int, repeats: int) -> None:
    peers: dict[str, Callable[[bytes], object]] = {
        "bare symusic": symusic.Score.from_midi,
        "its numpy columns": columns_alone,
        "read": read_midi,
        "read and repaired": partial(parse_bytes, params=load_params().parse),
    }
    print(f"| files | microseconds a file, {' | '.join(peers)} | times symusic |\n|---|{'---:|' * (len(peers) + 1)}")
    for name in _FOLDERS:
        found = [path.read_bytes() for path in sorted((folder / name).rglob("*.mid"))[:files]]
        rounds = [[seconds(run, found) for run in peers.values()] for _ in range(repeats)]
        spent = [statistics.median(column) / len(found) * 1e6 for column in zip(*rounds, strict=True)]
        print(f"| {len(found)} of {name} | {' | '.join(f'{one:.0f}' for one in spent)} | {spent[-1] / spent[0]:.1f} |")


def long_file(megabytes: float) -> bytes:
    """A file of one track in which a note follows the other."""
    number = np.arange(int(megabytes * _MB) // _BYTES_PER_NOTE)
    return write_midi(Score(480, Notes.of(onset=3 * number, duration=2, pitch=40 + number % 40)))


def peak(data: bytes) -> tuple[int, int]:
    """Bytes of memory that parsing took beyond holding `data`, and bytes of the note columns."""
    params, before = load_params().parse, _most_memory()
    notes = parse_bytes(data, params)[0].notes
    return _most_memory() - before, sum(getattr(notes, name).nbytes for name in Notes.__slots__)


def _most_memory() -> int:
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def print_memory(megabytes: list[float]) -> None:
    print("\n| file | note columns, MB | peak, MB | times the columns |\n|---|---:|---:|---:|")
    for size in megabytes:
        with ProcessPool(max_workers=1, context=get_context("spawn")) as pool:
            taken, columns = pool.schedule(peak, args=[long_file(size)]).result()
        print(f"| {size:g} MB | {columns / _MB:.0f} | {taken / _MB:.0f} | {taken / columns:.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the development data")
    parser.add_argument("--files", type=int, default=100, help="files of each collection")
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--megabytes", type=float, nargs="*", default=[10, 50], help="sizes of the files for memory")
    options = parser.parse_args()
    print_times(options.data, files=options.files, repeats=options.repeats)
    print_memory(options.megabytes)


if __name__ == "__main__":
    main()
