"""What each ingredient of the model is worth: validation bits a note of the model of params.yaml with and without it.

`python -m benchmarks.ingredients [--corpus FOLDER] [--tokens N] [--tokenizers bar event] [--only NAME ...]` reads the
splits of FOLDER (data/corpus, which shard writes, by default) and trains one model a row, with one thread, on the same
windows of the training split, varied as params.yaml says. With `--same-time` every row but the first is trained once
more, on as many tokens as take it the CPU time that the first row took. Gains are against the first row.
"""

from __future__ import annotations

import argparse
import math
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from aurl_core.corpus.cache import SplitReader
from aurl_core.models.likelihood import IGNORED, Window, collate, nats, total_nats
from aurl_core.models.params import MODEL_CONFIG, ModelConfig
from aurl_core.models.registry import Model, build
from aurl_core.tokens.params import BarTokenizerConfig, EventTokenizerConfig, TokenizerConfig
from aurl_core.tokens.tokenizer import Tokenizer, build_tokenizer
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.learner import seed_torch
from aurl_core.training.loading.dataset import TokenIds, TrainingWindows, whole_pieces
from aurl_core.training.optimization.clipping import build_clipper
from aurl_core.training.optimization.learning_rate import learning_rate_factor
from aurl_core.training.optimization.optimizers import build_optimizers, set_learning_rate
from aurl_core.training.optimization.precision import lightning_precision
from tasks.params import Params, load_params

STEPS: Final = 24
TOKENIZERS: Final[dict[str, TokenizerConfig]] = {
    "bar": BarTokenizerConfig(steps_per_beat=STEPS),
    "event": EventTokenizerConfig(steps_per_beat=STEPS, out_of_range="fold"),
}
NONE: Final = {"relative_pitches": 0, "positions": "rotary", "matches": 0}
INGREDIENTS: Final[dict[str, dict[str, Any]]] = {
    "none": NONE,
    "relative pitches": NONE | {"relative_pitches": 6},
    "musical positions": NONE | {"positions": "musical"},
    "matches": NONE | {"matches": 2},
    "all three": {"relative_pitches": 6, "positions": "musical", "matches": 2},
    "all three, context doubled": {"relative_pitches": 6, "positions": "musical", "matches": 2, "context_length": 512},
}
"""Settings of the model by the name of their row; the first is what the others are compared with."""


@dataclass(frozen=True, slots=True)
class Music:
    """What a row learns from and is measured on."""

    tokenizer: Tokenizer
    windows: Callable[[int, int], Sequence[Window]]
    """So many windows of so many tokens."""
    held_out: Sequence[TokenIds]

    @property
    def num_notes(self) -> int:
        return sum(int(self.tokenizer.num_notes[ids].sum()) for ids in self.held_out)


def read(corpus: Path, cache: Path, tokenizer: Tokenizer, params: Params) -> Music:
    train, validation = (SplitReader.of(corpus / f"split={name}", cache=cache) for name in ("train", "validation"))

    def windows(count: int, length: int) -> Sequence[Window]:
        shown = TrainingWindows(train, tokenizer, params.augment, length=length, num_windows=count, seed=params.seed)
        return [shown[number] for number in range(count)]

    return Music(tokenizer, windows, list(whole_pieces(validation, tokenizer)))


@dataclass(frozen=True, slots=True)
class Row:
    """A trained model's figures."""

    bits_per_note: float
    seconds: float
    """CPU time of the training."""
    num_parameters: int
    num_tokens: int


def measured(music: Music, config: ModelConfig, params: Params, num_tokens: int) -> Row:
    seed_torch(params.seed, "model")
    model = build(config, TokenTraits.of(music.tokenizer.vocabulary))
    seconds = train(model, music, params, num_tokens)
    total = total_nats(model.eval(), music.held_out, length=config.context_length)
    return Row(total / math.log(2) / music.num_notes, seconds, model.num_parameters, num_tokens)


def train(model: Model, music: Music, params: Params, num_tokens: int) -> float:
    """Train on so many tokens; the CPU seconds that took, without making windows."""
    settings, length = params.train.optimizer, model.config.context_length
    batch_size = max(1, params.train.batch_size * params.model.context_length // length)
    num_steps = num_tokens // (batch_size * length)
    windows = music.windows(num_steps * batch_size, length)
    batches = [collate(windows[first : first + batch_size]) for first in range(0, len(windows), batch_size)]
    is_bf16 = lightning_precision(params.train) == "bf16-mixed"
    optimizers, clipper = build_optimizers(model, settings), build_clipper(settings.clip)
    start = time.process_time()
    for step, batch in enumerate(batches):
        with torch.autocast("cpu", torch.bfloat16, enabled=is_bf16):
            loss = nats(model(batch.token_ids_BT), batch.targets_BT) / (batch.targets_BT != IGNORED).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        clipper(model.parameters())
        set_learning_rate(optimizers, settings.learning_rate * learning_rate_factor(step, num_steps, settings.schedule))
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
    return time.process_time() - start


def rows(music: Music, params: Params, options: argparse.Namespace) -> Iterator[str]:
    """The table, line by line."""
    yield "| ingredients | parameters | tokens/s | bits a note | gain | in the same time | gain |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    first: Row | None = None
    for name in options.only:
        config = MODEL_CONFIG.validate_python(params.model.model_dump() | INGREDIENTS[name])
        row = measured(music, config, params, options.tokens)
        cells = [name, f"{row.num_parameters:,}", f"{row.num_tokens / row.seconds:,.0f}", f"{row.bits_per_note:.3f}"]
        first = first or row
        cells.append(f"{first.bits_per_note - row.bits_per_note:.3f}")
        if options.same_time and row is not first:
            num_tokens = int(options.tokens * first.seconds / row.seconds)
            in_time = measured(music, config, params, num_tokens).bits_per_note
            cells += [f"{in_time:.3f}", f"{first.bits_per_note - in_time:.3f}"]
        yield f"| {' | '.join(cells + [''] * (7 - len(cells)))} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"), help="what shard wrote")
    parser.add_argument("--tokens", type=int, default=262_144, help="tokens each model learns from")
    parser.add_argument("--tokenizers", nargs="+", choices=TOKENIZERS, default=list(TOKENIZERS))
    parser.add_argument("--only", nargs="+", choices=INGREDIENTS, default=list(INGREDIENTS), help="these rows alone")
    parser.add_argument("--same-time", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    params = load_params()
    with tempfile.TemporaryDirectory() as cache:
        for kind in options.tokenizers:
            music = read(options.corpus, Path(cache), build_tokenizer(TOKENIZERS[kind]), params)
            print(f"\n{kind}: {options.tokens:,} tokens, {music.num_notes:,} notes held out\n", flush=True)
            for line in rows(music, params, options):
                print(line, flush=True)


if __name__ == "__main__":
    main()
