"""What each tokenizer costs and keeps: tokens and bits a note of one small model each, notes after a round trip, speed.

`python -m benchmarks.tokenizers [--midi FOLDER ...]` reads `--files` MIDI files below each FOLDER (data/raw/midi, which
ingest writes, by default), evenly spread over the order of names, and prints one table a folder. Each file is parsed
and quantized as params.yaml says. Every tenth is held out; copies of the same music, told by their fingerprint, stay
together.

Every tokenizer gets the same model (but for its table of tokens), context and number of tokens to learn from, so about
the same computation: one that needs fewer tokens a note sees more notes for it. Pieces are transposed at random while
training. Bits a note are those of all tokens of the held-out pieces, divided by the notes that these have before any
tokenizer saw them: who loses notes (F1 tells) or says less of other things has less to pay. All say velocities and
programs (`event`: families of them). Besides, `bar` says everything but words, keys and bends; REMI, TSD, MIDILike and
MMM tempi, meters and pedals; BEAT tempi and meters; `event` tempi and pedals; Structured nothing.

F1 compares the decoded with the quantized notes by onset, offset and pitch, `with part` by program and drums too.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from aurl_core.augmentation.transpose import allowed_shifts, transpose
from aurl_core.models.likelihood import IGNORED, nats, total_nats
from aurl_core.models.params import TransformerConfig
from aurl_core.models.registry import build
from aurl_core.parsing.parser import parse_file
from aurl_core.parsing.rejection import Rejection
from aurl_core.quantization.quantizer import quantize_score
from aurl_core.random_streams import stream
from aurl_core.score.fingerprint import fingerprint
from aurl_core.score.score import Score
from aurl_core.tokens.params import BarTokenizerConfig, EventTokenizerConfig, MidiTokConfig, TokenizerConfig
from aurl_core.tokens.tokenizer import LearningTokenizer, Tokenizer, build_tokenizer
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.optimization.clipping import build_clipper
from aurl_core.training.optimization.learning_rate import learning_rate_factor
from aurl_core.training.optimization.optimizers import build_optimizers, set_learning_rate
from aurl_core.training.optimization.params import MuonParams
from tasks.params import load_params

STEPS = 24
CONFIGS: dict[str, TokenizerConfig] = {
    "event": EventTokenizerConfig(steps_per_beat=STEPS, out_of_range="fold"),
    "bar": BarTokenizerConfig(steps_per_beat=STEPS),
    "REMI": MidiTokConfig(tokenization="REMI", steps_per_beat=STEPS),
    "REMI, BPE 2,500": MidiTokConfig(tokenization="REMI", steps_per_beat=STEPS, bpe_vocab_size=2500),
    "TSD": MidiTokConfig(tokenization="TSD", steps_per_beat=STEPS),
    "TSD, BPE 2,500": MidiTokConfig(tokenization="TSD", steps_per_beat=STEPS, bpe_vocab_size=2500),
    "MIDILike": MidiTokConfig(tokenization="MIDILike", steps_per_beat=STEPS),
    "Structured": MidiTokConfig(tokenization="Structured", steps_per_beat=STEPS),
    "MMM": MidiTokConfig(tokenization="MMM", steps_per_beat=STEPS),
    "BEAT": MidiTokConfig(tokenization="BEAT", steps_per_beat=STEPS),
}
MODEL = TransformerConfig(
    mode="transformer", num_layers=3, num_heads=2, model_dim=128, feedforward="swiglu", feedforward_dim=344,
    context_length=256,
)  # fmt: skip
OPTIMIZER = MuonParams(learning_rate=0.005)
BATCH = 4
WINDOWS_MIXED = 64
SEED = 2026
TIMED_FILES = 30

Pieces = Sequence[Score]
TokenIds = NDArray[np.int64]


def quantized(path: Path) -> Score | None:
    params = load_params()
    piece = parse_file(path, params.parse)
    return None if isinstance(piece, Rejection) else quantize_score(piece.score, params.quantize).score


def read(folder: Path, num_files: int) -> tuple[Pieces, Pieces]:
    """The pieces to learn from and the held-out ones."""
    paths = sorted(folder.rglob("*.mid"))
    chosen = [paths[round(n)] for n in np.linspace(0, len(paths) - 1, min(num_files, len(paths)))] if paths else []
    scores = [score for path in chosen if (score := quantized(path)) is not None and len(score.notes)]
    if len(scores) < 10:
        raise SystemExit(f"{folder} holds {len(scores)} readable *.mid, of which ten are needed at least; name another")
    music = [fingerprint(score) for score in scores]
    held_out = set(music[::10])
    pairs = list(zip(scores, music, strict=True))
    return [s for s, of in pairs if of not in held_out], [s for s, of in pairs if of in held_out]


def built(config: TokenizerConfig, learned: Pieces) -> Tokenizer:
    tokenizer = build_tokenizer(config)
    return tokenizer.trained(map(tokenizer.encode, learned)) if isinstance(tokenizer, LearningTokenizer) else tokenizer


def batches(tokenizer: Tokenizer, pieces: Pieces) -> Iterator[torch.Tensor]:
    """Windows of transposed pieces end to end, (B, T + 1), without end; neighbours come apart."""
    random, size = stream(SEED, "tokenizers", 0), MODEL.context_length
    waiting, windows = np.empty(0, np.int64), list[TokenIds]()
    while True:
        for number in random.permutation(len(pieces)):
            shift = random.choice(allowed_shifts(pieces[number], (-5, 6)))
            waiting = np.concatenate([waiting, tokenizer.encode(transpose(pieces[number], int(shift)))])
            starts = range(0, len(waiting) - size, size)
            windows += [waiting[start : start + size + 1] for start in starts]
            waiting = waiting[len(starts) * size :]
            if len(windows) >= WINDOWS_MIXED:
                order = random.permutation(len(windows))
                for batch in range(0, len(windows) - BATCH + 1, BATCH):
                    yield torch.from_numpy(np.stack([windows[n] for n in order[batch : batch + BATCH]]))
                windows = []


def trained(tokenizer: Tokenizer, pieces: Pieces, num_tokens: int) -> torch.nn.Module:
    torch.manual_seed(SEED)
    model = build(MODEL, TokenTraits.of(tokenizer.vocabulary))
    optimizers, clipper = build_optimizers(model, OPTIMIZER), build_clipper(OPTIMIZER.clip)
    num_steps = num_tokens // (BATCH * MODEL.context_length)
    for step, ids in zip(range(num_steps), batches(tokenizer, pieces), strict=False):
        targets = ids[:, 1:]
        (nats(model(ids[:, :-1]), targets) / (targets != IGNORED).sum()).backward()
        clipper(model.parameters())
        set_learning_rate(
            optimizers, OPTIMIZER.learning_rate * learning_rate_factor(step, num_steps, OPTIMIZER.schedule)
        )
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
    return model.eval()


def notes_of(score: Score, *, with_part: bool) -> Counter[tuple[int, ...]]:
    notes = score.notes
    parts = [-1 if track.is_drum else track.program for track in score.tracks] if with_part else [0] * len(score.tracks)
    columns = (notes.onset, notes.offset, notes.pitch, np.array([*parts, 0])[notes.track])
    return Counter(zip(*(column.tolist() for column in columns), strict=True))


def f1(tokenizer: Tokenizer, pieces: Pieces, *, with_part: bool) -> float:
    right = total = 0
    for score in pieces:
        before, after = (notes_of(one, with_part=with_part) for one in (score, tokenizer.normal_form(score)))
        right += 2 * (before & after).total()
        total += before.total() + after.total()
    return right / total


def files_per_second(tokenizer: Tokenizer, pieces: Pieces, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.process_time()
        for score in pieces:
            tokenizer.encode(score)
        times.append(time.process_time() - start)
    return len(pieces) / statistics.median(times)


def row(name: str, learned: Pieces, held_out: Pieces, options: argparse.Namespace) -> list[str]:
    tokenizer = built(CONFIGS[name], learned)
    num_notes = sum(len(score.notes) for score in held_out)
    ids = [tokenizer.encode(score).astype(np.int64) for score in held_out]
    bits = math.nan
    if options.tokens_budget:
        model = trained(tokenizer, learned, options.tokens_budget)
        bits = total_nats(model, ids, length=MODEL.context_length) / math.log(2) / num_notes
    timed = (learned + held_out)[:TIMED_FILES]
    return [
        name,
        f"{tokenizer.vocabulary.size:,}",
        f"{sum(len(one) - 1 for one in ids) / num_notes:.2f}",
        f"{bits:.2f}",
        f"{f1(tokenizer, held_out, with_part=False):.4f}",
        f"{f1(tokenizer, held_out, with_part=True):.4f}",
        f"{files_per_second(tokenizer, timed, options.repeats):,.0f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--midi", type=Path, nargs="+", default=[Path("data/raw/midi")], help="folders of MIDI files")
    parser.add_argument("--files", type=int, default=300, help="how many of each folder")
    parser.add_argument("--tokens-budget", type=int, default=400_000, help="tokens each model learns from; 0 for none")
    parser.add_argument("--only", nargs="+", choices=CONFIGS, default=list(CONFIGS), help="these tokenizers alone")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    for folder in options.midi:
        learned, held_out = read(folder, options.files)
        print(f"\n{len(learned)} pieces of {folder.name} to learn from, {len(held_out)} held out\n")
        print("| tokenizer | vocabulary | tokens a note | bits a note | F1 | with part | files/s |")
        print("|---|---:|---:|---:|---:|---:|---:|", flush=True)
        for name in options.only:
            print(f"| {' | '.join(row(name, learned, held_out, options))} |", flush=True)


if __name__ == "__main__":
    main()
