"""MIDI bytes to token ids on one core: read, repair, quantize and encode here, beside MidiTok, pretty_midi and symusic.

`python -m benchmarks.tokenizing [--midi FOLDER]` reads the MIDI files below FOLDER (data/raw/midi, which ingest writes,
by default), `--files` of them spread evenly over their names, and takes the median of `--repeats` rounds in which the
peers take turns. Files that one of the peers cannot read are left out for all. MidiTok's row is its REMI, parse
included, without repair; pretty_midi's is loading alone.
"""

from __future__ import annotations

import argparse
import gc
import io
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pretty_midi
import symusic
from miditok import REMI

from aurl_core.parsing.parser import parse_bytes
from aurl_core.quantization.quantizer import quantize_score
from aurl_core.tokens.params import BarTokenizerConfig, EventTokenizerConfig, TokenizerConfig
from aurl_core.tokens.tokenizer import build_tokenizer
from tasks.params import Params, load_params

Run = Callable[[bytes], object]
SYMUSIC, MIDITOK, PRETTY_MIDI = "bare symusic parse", "MidiTok REMI", "pretty_midi load"


def whole_path(params: Params, config: TokenizerConfig) -> Run:
    """Everything that parse, quantize and shard do to the music of one file but writing it."""
    tokenizer = build_tokenizer(config)

    def run(data: bytes) -> object:
        score, _ = parse_bytes(data, params.parse)
        return tokenizer.encode(quantize_score(score, params.quantize).score)

    return run


def peers(params: Params) -> dict[str, Run]:
    """What is measured, by name."""
    remi, steps = REMI(), params.quantize.steps_per_beat
    return {
        SYMUSIC: symusic.Score.from_midi,
        "bytes to repaired columns": lambda data: parse_bytes(data, params.parse),
        "bytes to event ids": whole_path(params, EventTokenizerConfig(steps_per_beat=steps, out_of_range="fold")),
        "bytes to bar ids": whole_path(params, BarTokenizerConfig(steps_per_beat=steps)),
        MIDITOK: lambda data: remi(symusic.Score.from_midi(data)),
        PRETTY_MIDI: lambda data: pretty_midi.PrettyMIDI(io.BytesIO(data)),
    }


def is_read_by_all(data: bytes, runs: dict[str, Run]) -> bool:
    """Can every peer make something of a file?"""
    try:
        for run in runs.values():
            run(data)
    except Exception:
        return False
    return True


def seconds(run: Run, files: list[bytes]) -> float:
    """Processor seconds for all files, from a heap without what the peer before left behind."""
    gc.collect()
    start = time.process_time()
    for data in files:
        run(data)
    return time.process_time() - start


def table(median: dict[str, float], num_files: int) -> str:
    """The medians as Markdown: of each peer, how much faster it is than three of them."""
    rows = [
        "| | files a processor second | times MidiTok | times pretty_midi | times bare symusic |",
        "|---|" + "---:|" * 4,
    ]
    for name, spent in median.items():
        ratios = (f"{median[other] / spent:.3g}" for other in (MIDITOK, PRETTY_MIDI, SYMUSIC))
        rows.append(f"| {name} | {num_files / spent:,.0f} | {' | '.join(ratios)} |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--midi", type=Path, default=Path("data/raw/midi"), help="folder of MIDI files")
    parser.add_argument("--files", type=int, default=100, help="how many of them")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    found = sorted(options.midi.rglob("*.mid"))
    if not found:
        raise SystemExit(f"{options.midi} holds no *.mid; run `dvc repro ingest` or name a folder with --midi")
    chosen = [path.read_bytes() for path in found[:: max(1, len(found) // options.files)][: options.files]]
    runs = peers(load_params())
    files = [data for data in chosen if is_read_by_all(data, runs)]
    rounds = [{name: seconds(run, files) for name, run in runs.items()} for _ in range(options.repeats)]
    median = {name: statistics.median(one[name] for one in rounds) for name in runs}
    print(f"{len(files)} files; {len(chosen) - len(files)} left out that not every peer reads\n")
    print(table(median, len(files)))


if __name__ == "__main__":
    main()
