"""How much faster two processes train than one, what they spend on telling each other, and how far that would go.

`python -m benchmarks.distributed [--rounds N]` starts two processes with one thread each. In turns, on the same batches
of fixed size (forward, cross-entropy, backward, clipping, AdamW): process 0 alone takes a step of the whole batch while
the other sleeps; both take a step of half of it each, as DDP does; both do the same without telling each other their
gradients. The speed-up is the first by the second, the share of communication what the third saves of the second.

On a machine that has other work, seconds on the clock say more of that work than of ours; therefore the same is also
told in CPU seconds of process 0 (all its threads, those of gloo too; waiting costs none), and the load beside it.

Then all-reduces of several sizes are timed, and alpha and beta of `benchmarks.scaling_model` fitted to them; last comes
its table for up to 1,024 processes, which is simulated.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel

from aurl_core.models.likelihood import nats
from aurl_core.models.params import TransformerConfig
from aurl_core.models.transformer import Transformer
from aurl_core.tokens.traits import TokenTraits
from benchmarks.scaling_model import ASSUMED, Network, Work, ring_seconds, simulated_efficiency

SIZES: Final = {"1 M": (128, 5), "4 M": (256, 5)}
"""Width and layers of the networks, by their parameters."""
BATCHES: Final = (8, 32)
"""Windows of a step."""
LENGTH: Final = 256
VOCABULARY: Final = 774
MESSAGES: Final = tuple(4**power for power in range(5, 13))
"""Bytes of the all-reduces that are timed."""
RANKS: Final = (1, 2, 8, 64, 256, 1024)
WORKS: Final = (
    Work("4 M parameters, 40 ms of computing", 0.040, 4e6 * 4),
    Work("300 M parameters, 400 ms of computing", 0.400, 300e6 * 4),
)
"""Steps of a GPU, assumed."""
JITTER: Final = 0.02
_WARM_UP: Final = 2


class Cost(NamedTuple):
    """Of a step."""

    seconds: float
    cpu_seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--result", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.result:
        measure(arguments.rounds, arguments.result)
        return
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--nproc-per-node",
            "2",
            "-m",
            "benchmarks.distributed",
        ]
        own = ["--rounds", str(arguments.rounds), "--result", str(result)]
        subprocess.run([sys.executable, *command, *own], check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
        report(json.loads(result.read_text()))


def measure(rounds: int, result: Path) -> None:
    """What one of the two processes does; the first writes what it found."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    steps = {f"{name} x {batch}": steps_of(*SIZES[name], batch, rounds) for name in SIZES for batch in BATCHES}
    reduces = {size: reduce_seconds(size) for size in MESSAGES}
    if dist.get_rank() == 0:
        found = {"steps": steps, "reduces": reduces, "load": os.getloadavg()[0], "cores": os.cpu_count()}
        result.write_text(json.dumps(found))
    dist.destroy_process_group()


def steps_of(model_dim: int, num_layers: int, batch: int, rounds: int) -> dict[str, list[Cost]]:
    """The cost of a step in each of the three ways, round by round."""
    torch.manual_seed(1)
    config = TransformerConfig(
        num_layers=num_layers,
        num_heads=4,
        model_dim=model_dim,
        feedforward="swiglu",
        feedforward_dim=2 * model_dim,
        context_length=LENGTH,
    )
    network = Transformer(config, TokenTraits.blank(VOCABULARY))
    together = DistributedDataParallel(network, gradient_as_bucket_view=True)
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-4, fused=True)
    ids = torch.randint(4, VOCABULARY, (batch, LENGTH + 1))
    half = ids[dist.get_rank() :: 2]

    def step(module: torch.nn.Module, shown: torch.Tensor) -> None:
        loss = nats(module(shown[:, :-1]), shown[:, 1:]) / shown[:, 1:].numel()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)

    def alone() -> None:
        if dist.get_rank() == 0:
            step(network, ids)

    ways = {"alone": alone, "together": lambda: step(together, half), "apart": lambda: step(network, half)}
    costs: dict[str, list[Cost]] = {way: [] for way in ways}
    for number in range(_WARM_UP + rounds):
        for way, act in ways.items():
            dist.barrier()
            cost = cost_of(act)
            if number >= _WARM_UP:
                costs[way].append(cost)
    return costs


def cost_of(act: Callable[[], None]) -> Cost:
    """What it took of the clock and of the CPU."""
    clock, cpu = time.perf_counter(), time.process_time()
    act()
    return Cost(time.perf_counter() - clock, time.process_time() - cpu)


def reduce_seconds(num_bytes: int, repeats: int = 15) -> float:
    """The median time of an all-reduce."""
    numbers, seconds = torch.zeros(num_bytes // 4), []
    for _ in range(repeats):
        dist.barrier()
        seconds.append(cost_of(lambda: dist.all_reduce(numbers)).seconds)
    return median(seconds)


def fitted(reduces: dict[int, float]) -> Network:
    """Alpha and beta that explain the times of two processes best, relative to each."""
    sizes, seconds = np.array(list(reduces)), np.array(list(reduces.values()))
    factors = np.stack([np.full(len(sizes), 2.0), sizes.astype(float)], axis=1) / seconds[:, None]
    (alpha, beta), *_ = np.linalg.lstsq(factors, np.ones(len(sizes)), rcond=None)
    return Network("gloo over this machine's loopback, measured", float(alpha), float(beta))


def report(found: dict[str, Any]) -> None:
    """Print the tables."""
    console = Console()
    console.print(f"{found['cores']} cores, load {found['load']:.1f}")
    console.print(speed_table(found["steps"]))
    reduces = {int(size): seconds for size, seconds in found["reduces"].items()}
    network = fitted(reduces)
    console.print(f"alpha {network.alpha * 1e6:.0f} us, beta {network.beta * 1e9:.2f} ns/byte")
    console.print(reduce_table(reduces, network))
    console.print(simulated_table([network, *ASSUMED]))


def speed_table(steps: dict[str, dict[str, Sequence[Sequence[float]]]]) -> Table:
    table = Table("network x windows", "one, ms", "two, ms", "speed-up", "the same in CPU time", "communication")
    for name, ways in steps.items():
        clock, cpu = ({way: median(cost[which] for cost in costs) for way, costs in ways.items()} for which in (0, 1))
        table.add_row(
            name,
            f"{clock['alone'] * 1e3:.0f}",
            f"{clock['together'] * 1e3:.0f}",
            f"{clock['alone'] / clock['together']:.2f}",
            f"{cpu['alone'] / cpu['together']:.2f}",
            f"{1 - cpu['apart'] / cpu['together']:.1%}",
        )
    return table


def reduce_table(reduces: dict[int, float], network: Network) -> Table:
    table = Table("bytes", "measured, ms", "by the formula, ms")
    for size, seconds in reduces.items():
        table.add_row(f"{size:,}", f"{seconds * 1e3:.2f}", f"{ring_seconds(size, ranks=2, network=network) * 1e3:.2f}")
    return table


def simulated_table(networks: Sequence[Network]) -> Table:
    """Efficiencies of as much work a process, however many there are."""
    table = Table("SIMULATED: work", "network", *(f"{ranks:,}" for ranks in RANKS), title="efficiency by processes")
    for work in WORKS:
        for network in networks:
            random = np.random.default_rng(1)
            row = [
                simulated_efficiency(work, ranks=ranks, network=network, jitter=JITTER, steps=5, random=random)
                for ranks in RANKS
            ]
            table.add_row(work.name, network.name, *(f"{value:.0%}" for value in row))
    return table


if __name__ == "__main__":
    main()
