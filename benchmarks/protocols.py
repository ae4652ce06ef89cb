"""What a teacher and what pushed embeddings are worth to a small network, and what they cost.

`python -m benchmarks.protocols [--corpus FOLDER] [--teacher-tokens N] [--tokens N]` trains a teacher (the network of
the profile dev) on the corpus of `--corpus` (data/corpus, which shard writes, by default), then half as wide a network
four times from the same seed on the same windows: alone, with the teacher beside the music, with embeddings pushed by
one gradient, and by three. Everything runs through `fit`, on one thread; seconds are CPU seconds of the training.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.finetuning import Bench
from tasks.params import load_params

STUDENT: Final = {"num_layers": 2, "model_dim": 48, "feedforward_dim": 128}


def ways(teacher: Path) -> dict[str, dict[str, Any]]:
    """Settings of `train` by the name of their row; the first is what the others are compared with."""
    halves = {"plain_cross_entropy": 0.5, "distillation": 0.5}
    return {
        "alone": {},
        "taught": {"losses": {"weights": halves}, "protocol": {"teacher": str(teacher)}},
        "pushed, one gradient": {"protocol": {"perturbation": {"epsilon": 0.1}}},
        "pushed, three gradients": {"protocol": {"perturbation": {"epsilon": 0.1, "steps": 3}}},
    }


def compared(bench: Bench, corpus: Path, teacher: Path, *, tokens: int) -> Table:
    """All rows, from one seed."""
    table = Table("", "parameters", "bits/note, validation", "CPU seconds")
    for name, settings in ways(teacher).items():
        start = time.process_time()
        done = bench.fit(bench.recipe(tokens, seed=bench.params.seed, model=STUDENT, **settings), corpus, name)
        figures = f"{done.likelihood['validation'].bits_per_note:.3f}", f"{time.process_time() - start:.0f}"
        table.add_row(name, f"{done.model.num_parameters:,}", *figures)
        print(name, *figures, flush=True)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"))
    parser.add_argument("--teacher", type=Path, help="the bundle of a trained teacher; else one is trained")
    parser.add_argument("--teacher-tokens", type=int, default=400_000)
    parser.add_argument("--tokens", type=int, default=100_000, help="that each student learns from")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        bench = Bench(load_params(), Path(root))
        teacher = options.teacher or bench.base(options.corpus, options.teacher_tokens)
        table = compared(bench, options.corpus, teacher, tokens=options.tokens)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
