"""A block's seconds, memory and rates."""

import subprocess
import sys
import time
from pathlib import Path
from typing import ClassVar

import pytest

from tasks.stage import StageReport
from tasks.timings import measured, read_timings, tree_memory, write_timings


class ToyReport(StageReport):
    num_pieces: int
    num_kept: int = 0
    rates: ClassVar = ("num_pieces",)


def test_rates_are_counts_over_seconds() -> None:
    with measured() as meter:
        time.sleep(0.05)
    meter.seconds = 4.0

    timings = meter.timings("parse", ToyReport(num_pieces=10))

    assert timings.per_second == {"num_pieces": 2.5}
    assert timings.peak_memory_bytes > 1_000_000


def test_the_clock_stops_when_the_block_fails() -> None:
    with pytest.raises(ValueError), measured() as meter:
        time.sleep(0.02)
        raise ValueError

    assert 0.02 <= meter.seconds < 1


def test_memory_of_children_is_counted() -> None:
    before = tree_memory()
    waste = "data = bytearray(b'x' * 50_000_000); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", waste], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout
        child.stdout.readline()
        after = tree_memory()
        child.communicate("\n")

    assert after - before > 45_000_000


def test_timings_are_read_as_written(tmp_path: Path) -> None:
    with measured() as meter:
        pass
    timings = meter.timings("parse", ToyReport(num_pieces=1))

    write_timings(tmp_path, timings)

    assert read_timings(tmp_path, "parse") == timings
    assert read_timings(tmp_path, "train") is None
