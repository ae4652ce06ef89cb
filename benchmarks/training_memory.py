"""What a gradient step needs of memory, measured in a process that does nothing else.

`python -m benchmarks.training_memory --size demo --precision bf16` builds a network with its optimizer's state, takes a
step on eight tokens, so that the code of all kernels is loaded, lets the system forget its record of the peak, takes
three steps and prints two numbers of bytes: the resident memory before those, and by how much their peak lies above it.
`--table` compares the ways of needing less, each in a process of its own.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import psutil
import torch
from torch.optim import AdamW

from aurl_core.models.likelihood import Batch, nats
from aurl_core.training.optimization.accumulation import parts_of
from benchmarks.training_peers import SIZES, Contender, Size, ours

_KIBIBYTE: Final = 1024
HALVES: Final = {"bf16": torch.bfloat16, "fp16": torch.float16}
WAYS: Final = (
    ("fp32", 1, False),
    ("bf16", 1, False),
    ("fp16", 1, False),
    ("fp32", 4, False),
    ("fp32", 1, True),
    ("bf16", 4, True),
)
"""Precision, parts of a batch, and whether blocks are computed again; the others are compared with the first."""


class Need(NamedTuple):
    """Resident memory."""

    before_bytes: int
    """With the network and its optimizer, when no step is being taken."""
    step_bytes: int
    """By how much the peak of a step lies above that."""


def need_of(size: Size, *, precision: str, gradient_checkpointing: bool, accumulate: int = 1) -> Need:
    """Measured in a fresh process."""
    settings = ["--size", size.name, "--precision", precision, "--accumulate", str(accumulate)]
    if gradient_checkpointing:
        settings.append("--gradient-checkpointing")
    command = [sys.executable, "-m", "benchmarks.training_memory", *settings]
    before, step = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    return Need(int(before), int(step))


def measured(contender: Contender, size: Size, *, precision: str, accumulate: int = 1, num_steps: int = 3) -> Need:
    """What steps need in this process."""
    optimizer = AdamW(contender.network.parameters(), lr=1e-3, fused=True)

    def step(batch_size: int, length: int) -> None:
        batch = Batch(*(torch.randint(1000, (batch_size, length)) for _ in range(2)))
        for part, _ in parts_of(batch, accumulate):
            with torch.autocast("cpu", HALVES.get(precision), enabled=precision in HALVES):
                loss = nats(contender.predict(part.token_ids_BT), part.targets_BT)
            loss.backward()  # type: ignore[no-untyped-call]
            del loss
        optimizer.step()
        optimizer.zero_grad()

    step(1, 8)
    gc.collect()
    before = psutil.Process().memory_info().rss
    Path("/proc/self/clear_refs").write_text("5")
    for _ in range(num_steps):
        step(size.batch_size, size.context_length)
    return Need(before, _peak_bytes() - before)


def table(size: Size) -> Iterator[str]:
    """What a step needs beyond the network and its optimizer, by what is done about it, as a share of doing nothing."""
    yield "| precision | parts of a batch | blocks computed again | memory of a step | of the first |"
    yield "|---|---:|---|---:|---:|"
    first: Need | None = None
    for precision, accumulate, again in WAYS:
        need = need_of(size, precision=precision, gradient_checkpointing=again, accumulate=accumulate)
        first = first or need
        cells = [precision, str(accumulate), "yes" if again else "no", f"{need.step_bytes / 1e6:,.0f} MB"]
        yield f"| {' | '.join(cells)} | {need.step_bytes / first.step_bytes:.2f} |"


def _peak_bytes() -> int:
    """The most resident memory since /proc/self/clear_refs was told 5; see proc(5)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * _KIBIBYTE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="demo")
    parser.add_argument("--precision", choices=("bf16", "fp16", "fp32"), default="bf16")
    parser.add_argument("--accumulate", type=int, default=1, help="parts of a batch")
    parser.add_argument("--table", action="store_true", help="all ways of saving, as multiples of none of them")
    parser.add_argument("--gradient-checkpointing", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(2)
    size = SIZES[options.size]
    if options.table:
        for line in table(size):
            print(line, flush=True)
        return
    contender = ours(size, gradient_checkpointing=options.gradient_checkpointing)
    print(*measured(contender, size, precision=options.precision, accumulate=options.accumulate))


if __name__ == "__main__":
    main()
