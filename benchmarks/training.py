"""How fast training is beside x-transformers' decoder and Hugging Face's GPT-2, where its time goes, and what it needs.

`python -m benchmarks.training [--corpus FOLDER] [--ablations]` takes gradient steps (forward, cross-entropy, backward,
clipping, AdamW) with the three of training_peers.py on the same tokens, in turns: in each of `--rounds` rounds each
takes `--steps` steps, and the fastest counts, which other work on the machine disturbs least. The ratio is ours to the
faster of the other two in that round, the interval that of its median over the rounds (bootstrap, 95 %).

Then it says where a step of the demo's own training goes (Muon; windows of FOLDER, data/corpus by default, varied as
params.yaml says), and what a step needs of memory, each in a process of its own (training_memory.py).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.optim import Optimizer

from aurl_core.models.likelihood import Batch, nats
from aurl_core.models.threads import cpu_threads
from aurl_core.training.loading.data_module import CorpusData
from aurl_core.training.optimization.optimizers import build_optimizers
from aurl_core.training.optimization.params import AdamWParams, MuonParams
from aurl_core.training.schedules import Schedule
from benchmarks.kept import interval
from benchmarks.training_memory import Need, need_of
from benchmarks.training_peers import DEMO, SIZES, Contender, Size, contenders, ours
from tasks.params import load_params

PRECISIONS: Final = ("bf16", "fp32")
_LEARNING_RATE: Final = 1e-3
_WARM_UP: Final = 3
_MEGABYTE: Final = 1e6

Optimizers = Callable[[Contender], list[Optimizer]]


def adamw(contender: Contender) -> list[Optimizer]:
    return build_optimizers(contender.network, AdamWParams(kind="adamw", learning_rate=_LEARNING_RATE))


def muon(contender: Contender) -> list[Optimizer]:
    return build_optimizers(contender.network, MuonParams(learning_rate=_LEARNING_RATE))


class Pace:
    """Gradient steps of one network, each part of them timed."""

    def __init__(self, contender: Contender, optimizers: Optimizers, *, precision: str) -> None:
        self.contender = contender
        self.optimizers = optimizers(contender)
        self.precision = precision
        self.seconds: dict[str, float] = {}
        """Of the parts of the last step."""

    def step(self, batch: Batch) -> float:
        """Take a step; the seconds it took."""
        start = time.perf_counter()
        with self._part("forward"), torch.autocast("cpu", torch.bfloat16, enabled=self.precision == "bf16"):
            logits = self.contender.predict(batch.token_ids_BT)
        with self._part("loss"):
            loss = nats(logits, batch.targets_BT) / batch.targets_BT.numel()
        with self._part("backward"):
            loss.backward()  # type: ignore[no-untyped-call]
        with self._part("optimizer"):
            torch.nn.utils.clip_grad_norm_(self.contender.network.parameters(), 1.0)
            for optimizer in self.optimizers:
                optimizer.step()
                optimizer.zero_grad()
        return time.perf_counter() - start

    @contextmanager
    def _part(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start


def random_batch(size: Size, vocab_size: int) -> Batch:
    shape = (size.batch_size, size.context_length)
    return Batch(*(torch.randint(vocab_size, shape) for _ in range(2)))


def race(paces: Sequence[Pace], batch: Batch, *, num_rounds: int, num_steps: int) -> list[list[float]]:
    """The seconds of each one's fastest step in each round; who begins changes from round to round."""
    fastest = [list[float]() for _ in paces]
    for pace in paces:
        for _ in range(_WARM_UP):
            pace.step(batch)
    for number in range(num_rounds):
        for turn in range(len(paces)):
            who = (number + turn) % len(paces)
            fastest[who].append(min(paces[who].step(batch) for _ in range(num_steps)))
    return fastest


def compared(size: Size, precision: str, *, num_rounds: int, num_steps: int) -> Table:
    """Ours beside the peers, of one size in one arithmetic."""
    found = contenders(size)
    paces = [Pace(contender, adamw, precision=precision) for contender in found]
    batch = random_batch(size, 1000)
    seconds = np.array(race(paces, batch, num_rounds=num_rounds, num_steps=num_steps))
    ratios = (seconds[1:].min(axis=0) / seconds[0]).tolist()
    low, high = interval(ratios)
    shape = f"{size.num_layers} layers, {size.model_dim} wide, {size.batch_size} x {size.context_length} tokens"
    title = f"{size.name} ({shape}), {precision}: {median(ratios):.2f} of the faster peer's [{low:.2f}, {high:.2f}]"
    table = Table("", "parameters", "ms a step", "tokens/s", title=title)
    for contender, times in zip(found, seconds, strict=True):
        took = float(np.median(times))
        table.add_row(contender.name, *_figures(contender.num_parameters, took, size))
    return table


def _figures(num_parameters: int, seconds: float, size: Size) -> tuple[str, str, str]:
    return f"{num_parameters:,}", f"{1000 * seconds:.0f}", f"{size.tokens_per_step / seconds:,.0f}"


def shares(corpus: Path, precision: str, *, num_steps: int) -> Table:
    """Where a step of the demo's own training goes: medians over steps."""
    parts: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as cache:
        batches = iter(_corpus_data(corpus, Path(cache), num_steps).train_dataloader())
        pace = Pace(ours(DEMO), muon, precision=precision)
        for _ in range(num_steps):
            start = time.perf_counter()
            batch = next(batches)
            seconds = {"data": time.perf_counter() - start}
            pace.step(batch)
            for name, took in (seconds | pace.seconds).items():
                parts.setdefault(name, []).append(took)
    typical = {name: median(times[_WARM_UP:]) for name, times in parts.items()}
    total = sum(typical.values())
    title = f"where a step of the demo goes (Muon, {precision}): {DEMO.tokens_per_step / total:,.0f} tokens/s"
    table = Table("", "ms", "share", title=title)
    for name, took in typical.items():
        table.add_row(name, f"{1000 * took:.1f}", f"{took / total:.0%}")
    return table


def _corpus_data(corpus: Path, cache: Path, num_steps: int) -> CorpusData:
    schedule = Schedule(1, 1, num_steps, batch_size=DEMO.batch_size, context_length=DEMO.context_length)
    params = load_params()
    return CorpusData(corpus, cache=cache, augment=params.augment, schedule=schedule, seed=params.seed)


def needs(sizes: Sequence[Size]) -> Table:
    """What a gradient step takes of memory beyond the model, its optimizer and what is loaded."""
    table = Table("", "peak MB a step", "MB before it", title="memory of a step (AdamW)")
    for size in sizes:
        for precision in PRECISIONS:
            for checkpoints in (False, True):
                need = need_of(size, precision=precision, gradient_checkpointing=checkpoints)
                name = f"{size.name}, {precision}{', gradient checkpointing' if checkpoints else ''}"
                table.add_row(name, *_megabytes(need))
    return table


def _megabytes(need: Need) -> tuple[str, str]:
    return f"{need.step_bytes / _MEGABYTE:.0f}", f"{need.before_bytes / _MEGABYTE:.0f}"


def ablations(size: Size, *, num_rounds: int, num_steps: int) -> Table:
    """What arithmetic, gradient checkpointing and torch.compile do to a step's time."""
    batch = random_batch(size, 1000)
    table = Table("", "ms a step", "tokens/s", "s to begin", title=f"{size.name}: what changes a step's time")
    names, paces, begun = [], [], []
    for precision in PRECISIONS:
        for name in ("", "gradient checkpointing", "torch.compile"):
            contender = _variant(size, name)
            pace = Pace(contender, adamw, precision=precision)
            names.append(f"{precision}{', ' if name else ''}{name}")
            begun.append(pace.step(batch))
            paces.append(pace)
    seconds = race(paces, batch, num_rounds=num_rounds, num_steps=num_steps)
    for name, times, first in zip(names, seconds, begun, strict=True):
        took = median(times)
        table.add_row(name, *_figures(0, took, size)[1:], f"{first:.1f}")
    return table


def _variant(size: Size, name: str) -> Contender:
    contender = ours(size, gradient_checkpointing=name == "gradient checkpointing")
    if name != "torch.compile":
        return contender
    compiled: Callable[[Tensor], Tensor] = torch.compile(contender.network, dynamic=False)
    return replace(contender, predict=compiled)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=5, help="of each network in a round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--ablations", action="store_true", help="also measure checkpointing and torch.compile")
    options = parser.parse_args()
    sizes = [SIZES[name] for name in options.sizes]
    console, pace = Console(width=120), {"num_rounds": options.rounds, "num_steps": options.steps}
    with cpu_threads(options.threads):
        for size in sizes:
            for precision in PRECISIONS:
                console.print(compared(size, precision, **pace))
        for precision in PRECISIONS:
            console.print(shares(options.corpus, precision, num_steps=40))
        if options.ablations:
            console.print(ablations(DEMO, **pace))
    console.print(needs(sizes))


if __name__ == "__main__":
    main()
