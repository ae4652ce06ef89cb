"""How much variety the loader's variations make, and what they cost beside tokenizing.

`python -m benchmarks.augmentation [--midi FOLDER]` reads the MIDI files below FOLDER (data/raw/midi, which ingest
writes, by default) and shows them for `--epochs` rounds as training would: not varied, with each kind alone in every
round, as params.yaml says, and as the profile prod says, halfway through the training. Variety is the number of
different sequences of `--length` tokens in the whole stream. Milliseconds are processor time, medians over pieces and
rounds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from aurl_core.augmentation.params import AugmentParams
from aurl_core.augmentation.policy import KINDS, augment, kinds_of
from aurl_core.parsing.parser import Piece, parse_file
from aurl_core.quantization.quantizer import quantize_score
from aurl_core.score.score import Score
from aurl_core.tokens.tokenizer import Tokenizer, build_tokenizer
from tasks.params import Params, load_params
from tasks.profiles import use_profile

_HALFWAY = 0.5


def scores_of(folder: Path, params: Params, num_files: int) -> dict[str, Score]:
    """Up to `num_files` quantized pieces by id, in order of their files' names."""
    files = sorted(folder.rglob("*.mid"))[:num_files]
    parsed = (parse_file(file, params.parse) for file in files)
    return {
        piece.piece_id: quantize_score(piece.score, params.quantize).score
        for piece in parsed
        if isinstance(piece, Piece)
    }


def policies(params: Params) -> Iterator[tuple[str, AugmentParams]]:
    """What is compared, by name; the first varies nothing."""
    yield "not varied", AugmentParams()
    for kind in KINDS:
        yield f"{kind} alone", AugmentParams.model_validate({kind: {"chance": 1}})
    yield "params.yaml", params.augment
    with tempfile.TemporaryDirectory() as folder:
        use_profile("prod", target=Path(folder) / "params.yaml")
        yield "profile prod", load_params(Path(folder) / "params.yaml").augment


class Stream:
    """The pieces as training shows them under one policy, round by round, with what that costs."""

    def __init__(self, scores: dict[str, Score], params: AugmentParams, *, seed: int) -> None:
        self.scores = scores
        self.params = params
        self.seed = seed
        self.seconds: list[float] = []

    def varied(self, epoch: int) -> Iterator[Score]:
        """Each piece as a round shows it."""
        for piece_id, score in self.scores.items():
            start = time.process_time()
            kinds = kinds_of(self.params, seed=self.seed, piece_id=piece_id, epoch=epoch, progress=_HALFWAY)
            varied = augment(score, self.params, kinds, seed=self.seed, piece_id=piece_id, epoch=epoch)
            self.seconds.append(time.process_time() - start)
            yield varied


def num_ngrams(stream: Stream, tokenizer: Tokenizer, *, num_epochs: int, length: int) -> int:
    """How many different sequences of `length` tokens stand in `num_epochs` rounds."""
    seen = np.zeros(0, np.uint64)
    for epoch in range(num_epochs):
        hashed = [ngrams(tokenizer.encode(score), length) for score in stream.varied(epoch)]
        seen = np.union1d(seen, np.concatenate(hashed))
    return len(seen)


def ngrams(ids: NDArray[np.uint16], length: int) -> NDArray[np.uint64]:
    """A 64-bit hash of each sequence of `length` ids."""
    if len(ids) < length:
        return np.zeros(0, np.uint64)
    factors = np.random.default_rng(length).integers(1, 1 << 63, length, dtype=np.uint64)
    hashes: NDArray[np.uint64] = np.lib.stride_tricks.sliding_window_view(ids.astype(np.uint64) + 1, length) @ factors
    return hashes


def tokenizing_seconds(scores: dict[str, Score], tokenizer: Tokenizer) -> list[float]:
    spent = []
    for score in scores.values():
        start = time.process_time()
        tokenizer.encode(score)
        spent.append(time.process_time() - start)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--midi", type=Path, default=Path("data/raw/midi"), help="folder of MIDI files")
    parser.add_argument("--files", type=int, default=100, help="how many of them, in order of name")
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--length", type=int, default=8, help="tokens of a sequence")
    options = parser.parse_args()
    params = load_params()
    tokenizer = build_tokenizer(params.shard.tokenizer)
    scores = scores_of(options.midi, params, options.files)
    if not scores:
        raise SystemExit(f"{options.midi} holds no music; run `dvc repro ingest` or name a folder with --midi")

    columns = ("", f"different {options.length}-grams", "times not varied", "ms a piece")
    table = Table(*columns, title=f"{len(scores)} pieces of {options.midi}, {options.epochs} rounds")
    least = 0
    for name, policy in policies(params):
        stream = Stream(scores, policy, seed=params.seed)
        number = num_ngrams(stream, tokenizer, num_epochs=options.epochs, length=options.length)
        least = least or number
        table.add_row(name, f"{number:,}", f"{number / least:.1f}", f"{1000 * median(stream.seconds):.2f}")
    encoding = 1000 * median(tokenizing_seconds(scores, tokenizer))
    table.add_row(f"tokenizing ({params.shard.tokenizer.kind})", "", "", f"{encoding:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
