"""MIDI bytes to token ids on one core: Aurl's read, repair, quantize and encode beside MidiTok's REMI and bare symusic.

`python -m benchmarks.tokenizing [--midi FOLDER]` reads the MIDI files below FOLDER (data/raw/midi, which ingest writes,
by default), `--files` of them, and takes the median of `--repeats` rounds in which the peers take turns.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import symusic
from miditok import REMI
from rich.console import Console
from rich.table import Table

from aurl_core.parsing.midi import read_midi
from aurl_core.parsing.repair import repair
from aurl_core.quantization.quantizer import quantize_score
from aurl_core.tokens.tokenizer import build_tokenizer
from tasks.params import Params, load_params


def aurl(params: Params) -> Callable[[bytes], object]:
    """Everything that parse, quantize and shard do to one file but writing it."""
    tokenizer = build_tokenizer(params.shard.tokenizer)
    bounds = {"min_tempo_bpm": params.parse.min_tempo_bpm, "max_tempo_bpm": params.parse.max_tempo_bpm}

    def run(data: bytes) -> object:
        score, _ = repair(read_midi(data), **bounds)
        return tokenizer.encode(quantize_score(score, params.quantize).score)

    return run


def remi() -> Callable[[bytes], object]:
    tokenizer = REMI()
    return lambda data: tokenizer(symusic.Score.from_midi(data))


def seconds(run: Callable[[bytes], object], files: list[bytes]) -> float:
    start = time.process_time()
    for data in files:
        run(data)
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--midi", type=Path, default=Path("data/raw/midi"), help="folder of MIDI files")
    parser.add_argument("--files", type=int, default=100, help="how many of them, in order of name")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    files = [path.read_bytes() for path in sorted(options.midi.rglob("*.mid"))[: options.files]]
    if not files:
        raise SystemExit(f"{options.midi} holds no *.mid; run `dvc repro ingest` or name a folder with --midi")
    peers = {"aurl": aurl(load_params()), "miditok_remi": remi(), "bare_symusic": symusic.Score.from_midi}
    rounds = [{name: seconds(run, files) for name, run in peers.items()} for _ in range(options.repeats)]
    median = {name: statistics.median(one[name] for one in rounds) for name in peers}

    table = Table("", "files per processor second", "times MidiTok", title=f"{len(files)} files of {options.midi}")
    for name, spent in median.items():
        table.add_row(name, f"{len(files) / spent:,.0f}", f"{median['miditok_remi'] / spent:.1f}")
    Console().print(table)
    rates = " ".join(f"{name}_files_per_second={len(files) / spent:.0f}" for name, spent in median.items())
    print(f"{rates} times_miditok={median['miditok_remi'] / median['aurl']:.1f}")


if __name__ == "__main__":
    main()
