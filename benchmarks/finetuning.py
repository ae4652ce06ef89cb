"""What going on from a trained model is worth on twenty files, and what it forgets.

`python -m benchmarks.finetuning --data FOLDER [--corpus FOLDER] [--base-tokens N] [--tokens N] [--seeds N]` trains the
network of the profile dev on the corpus of `--corpus` (data/corpus, which shard writes, by default), takes sixty files
of FOLDER through the pipeline, of which about twenty are learned from and the others held out, and measures on those

* the base as it is;
* a network trained on the twenty files alone;
* the base, of which all weights go on learning, at the learning rate of base and at a fifth of it;
* the base with low-rank adapters, at both rates;

each with the same windows and number of tokens. What is forgotten is what each then says of the validation split of the
first corpus. Everything runs through `fit`, on one thread.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from aurl_core.corpus.cache import SplitReader
from aurl_core.models.likelihood import total_nats
from aurl_core.models.params import TransformerConfig
from aurl_core.models.registry import Model
from aurl_core.models.weights import load_model
from aurl_core.tokens.tokenizer import load_tokenizer
from aurl_core.training.bundle import write_bundle
from aurl_core.training.figures import Likelihood
from aurl_core.training.loading.dataset import whole_pieces
from aurl_core.training.outcome import Training
from aurl_core.training.protocol.plan import changed
from aurl_core.training.recipe import Recipe
from aurl_core.training.trainer import fit
from tasks.ingest import ingest
from tasks.params import Params, load_params
from tasks.parse import parse
from tasks.quantize import quantize
from tasks.shard import shard
from tasks.stage import Paths

NETWORK: Final = {"num_layers": 3, "model_dim": 96, "feedforward_dim": 256}
"""What the profile dev changes of the network of base."""
_NUM_FILES: Final = 60
_FRACTIONS: Final = {"train": 0.34, "validation": 0.33, "test": 0.33}
FULL_RATE: Final = 0.005
"""Of the profile base."""
SHORT: Final = {"schedule": {"warmup_share": 0.1, "decay_share": 0.5}}


@dataclass(frozen=True, slots=True)
class Bench:
    """Settings and a folder to work in."""

    params: Params
    root: Path

    def recipe(self, tokens: int, *, seed: int, model: Mapping[str, Any] = NETWORK, **train: Any) -> Recipe:
        """The recipe of params.yaml for a small network, so many tokens and what else of `train` is said."""
        config = self.params.model
        assert isinstance(config, TransformerConfig)
        settings = {"budget_tokens": tokens, "validate_every_tokens": tokens, "num_threads": 1, "num_samples": 0}
        params = changed(changed(self.params.train, settings), train)
        return Recipe(params, config.model_copy(update=dict(model)), self.params.augment, seed)

    def fit(self, recipe: Recipe, corpus: Path, name: str) -> Training:
        return fit(recipe, corpus, checkpoints=self.root / name, cache=self.root / "cache", progress=lambda *_: None)

    def likelihood(self, model: Model, corpus: Path, split: str) -> Likelihood:
        """Of a held-out split, in fp32."""
        tokenizer = load_tokenizer(corpus / "vocabulary.json")
        pieces = list(whole_pieces(SplitReader.of(corpus / f"split={split}", cache=self.root / "cache"), tokenizer))
        return Likelihood(
            total_nats(model, pieces, length=model.config.context_length),
            num_tokens=sum(len(ids) - 1 for ids in pieces),
            num_notes=sum(int(tokenizer.num_notes[ids].sum()) for ids in pieces),
        )

    def base(self, corpus: Path, tokens: int) -> Path:
        """The bundle of a network trained on a corpus."""
        done = self.fit(self.recipe(tokens, seed=self.params.seed), corpus, "base-run")
        (self.root / "base").mkdir()
        write_bundle(self.root / "base", done, corpus=corpus)
        return self.root / "base"


def files_as_corpus(midi: Path, bench: Bench) -> Path:
    """Files evenly taken of a folder, as the pipeline makes a corpus of them."""
    found = sorted(path for path in midi.rglob("*.mid"))
    music = bench.root / "music"
    music.mkdir()
    for path in found[:: max(1, len(found) // _NUM_FILES)][:_NUM_FILES]:
        shutil.copyfile(path, music / path.name)
    paths = Paths(data=bench.root / "data", reports=bench.root / "reports", store=bench.root / "store")
    params, cluster = bench.params, bench.params.cluster
    source = params.ingest.model_copy(update={"source": str(music), "collections": []})
    ingest(source, paths, cluster=cluster)
    parse(params.parse, paths, ingest=source, cluster=cluster)
    quantize(params.quantize, paths, cluster=cluster)
    shard(changed(params.shard, {"fractions": _FRACTIONS}), paths, cluster=cluster)
    return paths.of("corpus")


def arms(base: Path) -> dict[str, dict[str, Any]]:
    """Settings of `train` by the name of their row."""
    begun = {"warm_start": str(base)}
    ways = {
        "all weights": begun,
        "LoRA rank 4": begun | {"lora": {"rank": 4}},
        "LoRA rank 8, norms and embedding": begun | {"lora": {"rank": 8, "whole": ["norms", "embedding"]}},
    }
    return {
        f"{name}, rate {rate:g}": {"optimizer": SHORT | {"learning_rate": rate}, "protocol": protocol}
        for name, protocol in ({"twenty files alone": {}} | ways).items()
        for rate in (FULL_RATE, FULL_RATE / 5)
        if protocol or rate == FULL_RATE
    }


def compared(bench: Bench, old: Path, new: Path, base: Path, *, tokens: int, seeds: int) -> Table:
    """All rows: means over seeds, and how far these lie apart."""
    table = Table("", "numbers that learn", "bits/note, new files", "bits/note, old validation")
    table.add_row("base as it is", "0", *_told([_both(bench, load_model(base), old, new)]))
    for name, settings in arms(base).items():
        rows, count = [], 0
        for seed in range(seeds):
            done = bench.fit(bench.recipe(tokens, seed=seed, **settings), new, f"{name}-{seed}")
            rows.append(_both(bench, done.model, old, new))
            count = sum(one.numel() for one in done.adapters.values()) or done.model.num_parameters
        table.add_row(name, f"{count:,}", *_told(rows))
        print(name, rows, flush=True)
    return table


def _both(bench: Bench, model: Model, old: Path, new: Path) -> tuple[float, float]:
    of_new, of_old = bench.likelihood(model, new, "test"), bench.likelihood(model, old, "validation")
    return of_new.bits_per_note, of_old.bits_per_note


def _told(rows: Sequence[tuple[float, float]]) -> list[str]:
    spread = [
        f" ± {(max(column) - min(column)) / 2:.2f}" if len(rows) > 1 else "" for column in zip(*rows, strict=True)
    ]
    return [
        f"{statistics.fmean(column):.2f}{apart}" for column, apart in zip(zip(*rows, strict=True), spread, strict=True)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of MIDI of another style")
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"), help="what the base learns from")
    parser.add_argument("--base-tokens", type=int, default=400_000)
    parser.add_argument("--tokens", type=int, default=50_000, help="that each row but the first learns from")
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        bench = Bench(load_params(), Path(root))
        new = files_as_corpus(options.data, bench)
        base = bench.base(options.corpus, options.base_tokens)
        table = compared(bench, options.corpus, new, base, tokens=options.tokens, seeds=options.seeds)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
