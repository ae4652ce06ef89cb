"""Has anything become slower or larger? Ratios beside peers in one run, compared with those in docs/benchmarks.md.

`python -m benchmarks.regression` (`make bench`) needs nothing but the repository: its music is made here. It ends with
1 if a ratio lies below what is kept beyond noise and margin. `--only NAME` measures one; `--keep` writes what came out
into the page, after a change that is meant to move a ratio or on another kind of machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from aurl_core.models.threads import cpu_threads
from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track
from benchmarks import tokenizing
from benchmarks.attention import cost_in_process
from benchmarks.kept import PAGE, Verdict, read_kept, verdict, with_kept
from benchmarks.training import Pace, adamw, race, random_batch
from benchmarks.training_memory import need_of
from benchmarks.training_peers import DEMO, contenders
from tasks.params import load_params

Rounds = list[float]
_ROUNDS: Final = 7
_FILES: Final = 20


def made_files() -> list[bytes]:
    """MIDI files of four voices that wander, 1,600 notes each as in a song."""
    return [write_midi(_four_voices(seed)) for seed in range(_FILES)]


def _four_voices(seed: int, *, num_beats: int = 400) -> Score:
    random = np.random.default_rng(seed)
    steps = random.integers(-2, 3, (num_beats, 4)).cumsum(axis=0) % 12
    notes = Notes.of(
        onset=np.repeat(np.arange(num_beats) * 480, 4),
        duration=random.integers(200, 480, num_beats * 4),
        pitch=(steps + np.array([43, 52, 60, 67])).ravel(),
        velocity=random.integers(50, 100, num_beats * 4),
        track=np.tile(np.arange(4), num_beats),
    )
    tracks = tuple(Track(name=name, program=0, channel=number) for number, name in enumerate("BTAS"))
    return Score(480, notes, tracks, Events.of([("tempo", 0, WHOLE_PIECE, 0, 96.0, "")]))


def tokens_beside_miditok() -> Rounds:
    return _beside(tokenizing.MIDITOK, "bytes to bar ids")


def columns_beside_pretty_midi() -> Rounds:
    return _beside(tokenizing.PRETTY_MIDI, "bytes to repaired columns")


def _beside(peer: str, ours: str) -> Rounds:
    files, runs = made_files(), tokenizing.peers(load_params())
    spent = [[tokenizing.seconds(runs[name], files) for name in (peer, ours)] for _ in range(_ROUNDS)]
    return [theirs / own for theirs, own in spent]


def steps_beside_peers(precision: str) -> Rounds:
    """Of the faster of x-transformers and GPT-2, at the demo's size on two threads."""
    with cpu_threads(2):
        paces = [Pace(contender, adamw, precision=precision) for contender in contenders(DEMO)]
        seconds = np.array(race(paces, random_batch(DEMO, 1000), num_rounds=_ROUNDS, num_steps=3))
    ratios: Rounds = (seconds[1:].min(axis=0) / seconds[0]).tolist()
    return ratios


def memory_of_long_contexts() -> Rounds:
    """Of attention by distance, which grows with the square, over that of a sliding window."""
    return [cost_in_process("relative", 4096)[0] / cost_in_process("sliding_window", 4096)[0] for _ in range(3)]


def memory_of_checkpointing() -> Rounds:
    """A step's memory without gradient checkpointing over that with it."""
    plain, less = (
        [need_of(DEMO, precision="fp32", gradient_checkpointing=on) for _ in range(3)] for on in (False, True)
    )
    return [a.step_bytes / b.step_bytes for a, b in zip(plain, less, strict=True)]


MEASURES: Final[dict[str, Callable[[], Rounds]]] = {
    "MIDI to bar tokens, times MidiTok": tokens_beside_miditok,
    "MIDI to repaired columns, times pretty_midi": columns_beside_pretty_midi,
    "training step in bf16, times the faster peer": lambda: steps_beside_peers("bf16"),
    "training step in fp32, times the faster peer": lambda: steps_beside_peers("fp32"),
    "memory at 4,096 tokens, relative over sliding_window": memory_of_long_contexts,
    "memory of a step, without over with gradient checkpointing": memory_of_checkpointing,
}
"""The rounds of each ratio, by its name on the page."""


def table(verdicts: Iterable[Verdict]) -> Table:
    """What came out beside what is kept."""
    made = Table("", "kept", "at least", "measured", "95 %", "", title="ratios, higher is better")
    for one in verdicts:
        low, high = one.interval
        said = "[red]worse[/red]" if one.is_regression else "[green]holds[/green]"
        figures = (f"{one.kept.ratio:.2f}", f"{one.kept.floor:.2f}", f"{one.ratio:.2f}", f"{low:.2f} to {high:.2f}")
        made.add_row(one.name, *figures, said)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=list(MEASURES), default=list(MEASURES), metavar="NAME")
    parser.add_argument("--keep", action="store_true", help="write what came out into the page")
    options = parser.parse_args()
    torch.manual_seed(0)
    page = PAGE.read_text(encoding="utf-8")
    kept = read_kept(page)
    verdicts = [verdict(name, MEASURES[name](), kept) for name in options.only]
    Console(width=140).print(table(verdicts))
    if options.keep:
        PAGE.write_text(with_kept(page, {one.name: one.ratio for one in verdicts}), encoding="utf-8")
    elif any(one.is_regression for one in verdicts):
        sys.exit(1)


if __name__ == "__main__":
    main()
