"""What is shown first, and where windows begin: does it help a model at the same number of tokens?

`python -m benchmarks.curricula [--corpus FOLDER] [--studies FOLDER] [--tokens N] [--seeds N] [--threads N]
[--small] [--ways NAME ...]` trains the model of params.yaml, or one of two narrow layers, on FOLDER (data/corpus by
default) in each way, everything else equal, and measures it on the whole validation and test split. Ways are trained in
turns, seed by seed.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from aurl_core.training.outcome import Training
from aurl_core.training.recipe import Recipe
from aurl_core.training.trainer import fit
from tasks.params import Params, load_params

WAYS: Final[dict[str, dict[str, Any]]] = {
    "as it is": {},
    "contexts from 32": {"curriculum": {"length": {"start": 32}}},
    "contexts from 128": {"curriculum": {"length": {"start": 128, "until": 0.25}}},
    "bar lines": {"sequences": {"policy": "adaptive"}},
    "phrases": {"sequences": {"policy": "phrases"}},
    "easy first, by notes": {"curriculum": {"complexity": {"start": 0.3}}},
    "easy first, by studies": {"curriculum": {"complexity": {"start": 0.3, "of": "studies"}}},
    "whole pieces alone": {
        "sequences": {"policy": "phrases", "is_filled": False},
        "batching": {"kind": "buckets"},
    },
}
"""What differs in the train section."""


def narrow(params: Params) -> Params:
    """The same with a network of two layers, 96 wide."""
    changes = {"num_layers": 2, "model_dim": 96, "feedforward_dim": 256}
    return params.model_copy(update={"model": params.model.model_copy(update=changes)})


def trained(
    params: Params, changes: Mapping[str, Any], *, tokens: int, seed: int, threads: int, folders: dict[str, Path]
) -> Training:
    """The model that comes of the train section with some changes."""
    budget = {"budget_tokens": tokens, "validate_every_tokens": tokens, "num_samples": 0, "num_threads": threads}
    train = params.train.model_validate(params.train.model_dump() | budget | changes)
    with tempfile.TemporaryDirectory() as temporary:
        return fit(
            Recipe(train, params.model, params.augment, seed),
            folders["corpus"],
            checkpoints=Path(temporary),
            cache=folders["cache"],
            studies=folders["studies"],
            progress=lambda done, total: None,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"))
    parser.add_argument("--studies", type=Path, default=Path("data/studies"))
    parser.add_argument("--tokens", type=int, default=262_144)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    options = parser.parse_args()
    params = narrow(load_params()) if options.small else load_params()
    figures, seconds = dict[str, list[list[float]]](), dict[str, float]()
    with tempfile.TemporaryDirectory() as cache:
        folders = {"corpus": options.corpus, "studies": options.studies, "cache": Path(cache)}
        for seed in range(params.seed, params.seed + options.seeds):
            for way in options.ways:
                start = time.perf_counter()
                budget = {"tokens": options.tokens, "seed": seed, "threads": options.threads}
                done = trained(params, WAYS[way], **budget, folders=folders).figures()
                seconds[way] = seconds.get(way, 0.0) + time.perf_counter() - start
                row = [done[f"{split}_bits_per_note"] for split in ("validation", "test")]
                figures.setdefault(way, []).append(row)
                print(f"{seed} {way}: {row[0]:.3f} {row[1]:.3f} in {time.perf_counter() - start:.0f} s", flush=True)
    table = Table("", "validation bits/note", "test bits/note", "seconds")
    for way, rows in figures.items():
        validation, test = (" · ".join(f"{value:.3f}" for value in column) for column in np.array(rows).T)
        table.add_row(way, validation, test, f"{seconds[way] / len(rows):.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
