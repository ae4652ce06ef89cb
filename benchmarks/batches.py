"""Batches: how much of them is padding, what that costs, and how long a training waits for them.

`python -m benchmarks.batches [--corpus FOLDER] [--steps N] [--threads N] [--waiting]` makes batches of FOLDER
(data/corpus by default) as a training does. First table: windows that are not filled, in order and in buckets; real
tokens a second are those of gradient steps of a very small network, by the processor's time, the two kinds taking
turns. Second table: the processor's time that a batch and a step take. Third table: the median wait for a batch and the
median step by the clock, with batches made by the training itself or by workers ahead of it; only an idle machine tells
it well.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from aurl_core.models.likelihood import IGNORED, Batch
from aurl_core.models.threads import cpu_threads
from aurl_core.training.loading.data_module import CorpusData
from aurl_core.training.loading.params import BucketsConfig, SequenceParams
from aurl_core.training.loading.segment_data import SegmentData
from aurl_core.training.loading.workers import Workers
from aurl_core.training.schedules import Schedule
from benchmarks.training import Pace, adamw
from benchmarks.training_peers import DEMO, Size, ours
from tasks.params import load_params

SMALL: Final = Size("very small", 1, 1, 32, 64, context_length=256, batch_size=4)
POOLS: Final = (4, 16, 64)
COUNTED: Final = 128
"""Steps whose padding is counted."""
KINDS: Final[dict[str, tuple[Any, int, dict[str, Any]]]] = {
    "segments of 4 bars": (partial(SegmentData, bars=4), 512, {}),
    "whole pieces": (CorpusData, 2048, {"sequences": SequenceParams(policy="truncate", is_filled=False)}),
    "from phrases": (CorpusData, 256, {"sequences": SequenceParams(policy="phrases", is_filled=False)}),
}
"""What is padded: data, context length and settings."""
BATCH_SIZE: Final = 8
_WARM_UP: Final = 4
"""Steps that are not counted."""


def data_of(
    make: Any, corpus: Path, cache: Path, *, context_length: int, batch_size: int, **settings: Any
) -> CorpusData:
    """The corpus, varied as params.yaml says, with more steps than anybody takes."""
    params = load_params()
    schedule = Schedule(1, 1, 4096, batch_size=batch_size, context_length=context_length)
    data: CorpusData = make(
        corpus, cache=cache, augment=params.augment, schedule=schedule, seed=params.seed, **settings
    )
    return data


def real_tokens(batch: Batch) -> int:
    return int((batch.targets_BT != IGNORED).sum())


def padding(batches: list[Batch]) -> float:
    """Share of the places of batches in which nothing is predicted."""
    return 1 - sum(map(real_tokens, batches)) / sum(batch.targets_BT.numel() for batch in batches)


def padded(corpus: Path, cache: Path, *, num_steps: int) -> Table:
    table = Table("", "in order", *(f"pool of {pool}" for pool in POOLS), "real tokens/s, times", title="padding")
    for name, (make, context_length, settings) in KINDS.items():
        load = partial(data_of, make, corpus, cache, context_length=context_length, batch_size=BATCH_SIZE, **settings)
        found = [load(), *(load(batching=BucketsConfig(kind="buckets", pool=pool)) for pool in POOLS)]
        shares = [padding([data.training_batches[step] for step in range(COUNTED)]) for data in found]
        faster = speed_up(found[0], found[POOLS.index(16) + 1], num_steps=num_steps)
        table.add_row(name, *(f"{share:.1%}" for share in shares), f"{faster:.2f}")
    return table


def speed_up(in_order: CorpusData, buckets: CorpusData, *, num_steps: int) -> float:
    """Real tokens a second of gradient steps on batches of buckets, as a multiple of those in order."""
    pace = Pace(ours(SMALL), adamw, precision="fp32")
    pace.step(in_order.training_batches[0])
    spent, read = [0.0, 0.0], [0, 0]
    for step in range(num_steps):
        for number, data in enumerate((in_order, buckets)):
            batch = data.training_batches[step]
            start = time.process_time()
            pace.step(batch)
            spent[number] += time.process_time() - start
            read[number] += real_tokens(batch)
    return (read[1] / spent[1]) / (read[0] / spent[0])


def costs(corpus: Path, cache: Path, *, num_steps: int) -> Table:
    table = Table("", "ms a batch", "ms a step", "share of batches", title="processor's time")
    for size in (DEMO, SMALL):
        pace = Pace(ours(size), adamw, precision="bf16")
        shape = {"context_length": size.context_length, "batch_size": size.batch_size}
        batches = data_of(CorpusData, corpus, cache, **shape).training_batches
        spent = []
        for step in range(num_steps + _WARM_UP):
            start = time.process_time()
            batch = batches[step]
            made = time.process_time()
            pace.step(batch)
            spent.append((made - start, time.process_time() - made))
        make, take = (median(column[_WARM_UP:]) for column in zip(*spent, strict=True))
        table.add_row(size.name, f"{1e3 * make:.2f}", f"{1e3 * take:.1f}", f"{make / (make + take):.1%}")
    return table


def waiting(corpus: Path, cache: Path, *, num_steps: int) -> Table:
    table = Table("", "workers", "ms waiting", "ms a step", "share waiting", title="waiting for batches")
    for size in (DEMO, SMALL):
        pace = Pace(ours(size), adamw, precision="bf16")
        for number in (0, 1, 2):
            data = data_of(
                CorpusData,
                corpus,
                cache,
                context_length=size.context_length,
                batch_size=size.batch_size,
                workers=Workers(number),
            )
            waits, steps = zip(*islice(times(data, pace), num_steps + _WARM_UP), strict=True)
            wait, step = median(waits[_WARM_UP:]), median(steps[_WARM_UP:])
            table.add_row(
                size.name, str(number), f"{1e3 * wait:.2f}", f"{1e3 * step:.1f}", f"{wait / (wait + step):.1%}"
            )
    return table


def times(data: CorpusData, pace: Pace) -> Iterator[tuple[float, float]]:
    """Seconds spent waiting for each batch, and stepping on it."""
    batches = iter(data.train_dataloader())
    while True:
        start = time.perf_counter()
        batch = next(batches)
        yield time.perf_counter() - start, pace.step(batch)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"))
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--waiting", action="store_true")
    options = parser.parse_args()
    console = Console(width=120)
    with tempfile.TemporaryDirectory() as temporary, cpu_threads(options.threads):
        console.print(padded(options.corpus, Path(temporary), num_steps=options.steps))
        console.print(costs(options.corpus, Path(temporary), num_steps=options.steps))
        if options.waiting:
            console.print(waiting(options.corpus, Path(temporary), num_steps=options.steps))


if __name__ == "__main__":
    main()
