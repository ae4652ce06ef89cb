"""What each optimizer, schedule and mean of weights reaches on the same few tokens: validation bits a note.

`python -m benchmarks.optimizers [--corpus FOLDER] [--tokens N] [--factors F ...] [--only NAME ...]` trains one small
model a row, with one thread, on the same windows of FOLDER (data/corpus, which shard writes, by default), varied as
params.yaml says. A row is trained at its learning rate times each factor, and the best counts. Gains are against the
first row; the time of an optimizer's steps is told as a multiple of the first row's.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch
from pydantic import TypeAdapter

from aurl_core.models.likelihood import IGNORED, Batch, collate, nats, total_nats
from aurl_core.models.params import MODEL_CONFIG
from aurl_core.models.registry import Model, build
from aurl_core.tokens.tokenizer import VOCABULARY_FILE, load_tokenizer
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.learner import seed_torch
from aurl_core.training.optimization.averaging import build_averaging
from aurl_core.training.optimization.averaging_params import AveragingParams
from aurl_core.training.optimization.clipping import build_clipper
from aurl_core.training.optimization.learning_rate import learning_rate_factor
from aurl_core.training.optimization.optimizers import build_optimizers, set_learning_rate, show_means
from aurl_core.training.optimization.params import OptimizerParams
from aurl_core.training.schedules import Schedule
from benchmarks.ingredients import Music, read
from tasks.params import Params, load_params

SMALL: Final = {"num_layers": 2, "num_heads": 2, "model_dim": 64, "feedforward_dim": 160, "context_length": 128}
BATCH_SIZE: Final = 4
NUM_LEGS: Final = 10
LEVEL: Final = {"kind": "trapezoid", "warmup_share": 0.02, "decay_share": 0.0}


def _muon(**settings: Any) -> dict[str, Any]:
    return {"kind": "muon", "learning_rate": 0.01, **settings}


@dataclass(frozen=True, slots=True)
class Way:
    """Settings of `train`."""

    optimizer: dict[str, Any]
    averaging: dict[str, Any]

    @classmethod
    def of(cls, optimizer: dict[str, Any], **averaging: Any) -> Way:
        return cls(optimizer, averaging or {"kind": "none"})


WAYS: Final[dict[str, Way]] = {
    "adamw": Way.of({"kind": "adamw", "learning_rate": 0.005}),
    "muon": Way.of(_muon()),
    "lion": Way.of({"kind": "lion", "learning_rate": 0.001}),
    "adan": Way.of({"kind": "adan", "learning_rate": 0.01}),
    "lamb": Way.of({"kind": "lamb", "learning_rate": 0.02}),
    "adafactor": Way.of({"kind": "adafactor", "learning_rate": 0.01}),
    "came": Way.of({"kind": "came", "learning_rate": 0.002}),
    "ademamix": Way.of({"kind": "ademamix", "learning_rate": 0.003}),
    "adopt": Way.of({"kind": "adopt", "learning_rate": 0.005}),
    "soap": Way.of({"kind": "soap", "learning_rate": 0.005}),
    "prodigy": Way.of({"kind": "prodigy", "learning_rate": 1.0}),
    "schedule_free": Way.of({"kind": "schedule_free", "learning_rate": 0.01}),
    "muon, cosine": Way.of(_muon(schedule={"kind": "cosine"})),
    "muon, one_cycle": Way.of(_muon(schedule={"kind": "one_cycle"})),
    "muon, inverse_square_root": Way.of(_muon(schedule={"kind": "inverse_square_root", "decay_share": 0.1})),
    "muon, level": Way.of(_muon(schedule=LEVEL)),
    "muon, level, ema": Way.of(_muon(schedule=LEVEL), kind="ema"),
    "muon, level, swa": Way.of(_muon(schedule=LEVEL), kind="swa"),
    "muon, level, checkpoints": Way.of(_muon(schedule=LEVEL), kind="checkpoints", number=3),
    "muon, ema": Way.of(_muon(), kind="ema"),
    "muon, adaptive clip": Way.of(_muon(clip={"kind": "adaptive"})),
    "muon, agc": Way.of(_muon(clip={"kind": "agc"})),
}
"""By the name of their row; the first is what the others are compared with."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a way reached."""

    learning_rate: float
    bits_per_note: float
    seconds: float
    """CPU time of the optimizers' steps."""


def measured(music: Music, params: Params, batches: Sequence[Batch], way: Way, factor: float) -> Row:
    rate = way.optimizer["learning_rate"] * factor
    settings = TypeAdapter(OptimizerParams).validate_python(way.optimizer | {"learning_rate": rate})
    averaging = TypeAdapter(AveragingParams).validate_python(way.averaging)
    seed_torch(params.seed, "model")
    model = build(
        MODEL_CONFIG.validate_python(params.model.model_dump() | SMALL), TokenTraits.of(music.tokenizer.vocabulary)
    )
    seconds = train(model, batches, settings, averaging)
    total = total_nats(model.eval(), music.held_out, length=SMALL["context_length"])
    return Row(rate, total / math.log(2) / music.num_notes, seconds)


def train(model: Model, batches: Sequence[Batch], settings: OptimizerParams, averaging: AveragingParams) -> float:
    """Learn from the batches in turn, and leave the model with the weights that are shown; the seconds of all steps."""
    schedule = Schedule(1, NUM_LEGS, len(batches) // NUM_LEGS, BATCH_SIZE, SMALL["context_length"])
    optimizers, clipper = build_optimizers(model, settings), build_clipper(settings.clip)
    mean, seconds = build_averaging(averaging, schedule), 0.0
    for step, batch in enumerate(batches[: schedule.num_steps]):
        (nats(model(batch.token_ids_BT), batch.targets_BT) / (batch.targets_BT != IGNORED).sum()).backward()  # type: ignore[no-untyped-call]
        clipper(model.parameters())
        factor = learning_rate_factor(step, schedule.num_steps, settings.schedule)
        set_learning_rate(optimizers, settings.learning_rate * factor)
        start = time.process_time()
        for optimizer in optimizers:
            optimizer.step()
        seconds += time.process_time() - start
        model.zero_grad()
        mean.hear(model, step)
    show_means(optimizers)
    model.load_state_dict(mean.mean(), strict=False)
    return seconds


def rows(music: Music, params: Params, options: argparse.Namespace) -> Iterator[str]:
    """The table, line by line."""
    yield "| way | learning rate | bits a note | gain | time of steps |"
    yield "|---|---:|---:|---:|---:|"
    length = SMALL["context_length"]
    windows = music.windows(options.tokens // length, length)
    batches = [collate(windows[first : first + BATCH_SIZE]) for first in range(0, len(windows), BATCH_SIZE)]
    first: Row | None = None
    for name in options.only:
        tried = [measured(music, params, batches, WAYS[name], factor) for factor in options.factors]
        best = min(tried, key=lambda row: row.bits_per_note)
        first = first or best
        gain, times = first.bits_per_note - best.bits_per_note, best.seconds / first.seconds
        yield f"| {name} | {best.learning_rate:g} | {best.bits_per_note:.3f} | {gain:+.3f} | {times:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"), help="what shard wrote")
    parser.add_argument("--tokens", type=int, default=131_072, help="tokens each model learns from")
    parser.add_argument("--factors", nargs="+", type=float, default=[0.5, 1.0, 2.0], help="of the learning rates")
    parser.add_argument("--only", nargs="+", choices=WAYS, default=list(WAYS), help="these rows alone")
    options = parser.parse_args()
    torch.set_num_threads(1)
    params = load_params()
    with tempfile.TemporaryDirectory() as cache:
        music = read(options.corpus, Path(cache), load_tokenizer(options.corpus / VOCABULARY_FILE), params)
        print(f"{options.tokens:,} tokens, {music.num_notes:,} notes held out\n", flush=True)
        for line in rows(music, params, options):
            print(line, flush=True)


if __name__ == "__main__":
    main()
