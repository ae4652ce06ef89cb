"""What becomes of broken MIDI files here and in other readers, and how many true notes each of them gives back.

`python -m benchmarks.malformed --data FOLDER` takes the development data and prints two tables. The first: what each
reader does with every file of FOLDER/corrupt/INDEX.csv. The second: of files that were made from a known one, either in
that folder or here, by seed, how many of the original's notes each reader gives back, a note being a pitch and the tick
where it starts. Of Aurl it is the reader alone, without repairs. mido hands out messages: each start counts as a note.

Each file is read in a process that has `--seconds` for it: whoever hangs or dies loses that file.
"""

from __future__ import annotations

import argparse
import csv
import io
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as TooSlow
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final, NamedTuple

import mido
import numpy as np
import pretty_midi
import symusic
from pebble import ProcessExpired, ProcessPool

from aurl_core.errors import ParseError
from aurl_core.parsing.midi import read_midi
from aurl_core.parsing.parser import parse_bytes
from benchmarks.damage import DAMAGES
from tasks.params import load_params

Notes = Counter[tuple[int, int]]
"""How many notes of each pitch start at each tick."""
_ORIGINAL: Final = Path("freedoom/d_dm01.mid")
_SHARED_BLOCK: Final = 64
"""A derived file shares most blocks of so many bytes with its original."""
_FOLDERS: Final = ("freedoom", "cmu_pop", "pop909", "asap")


class Case(NamedTuple):
    """A file, and the notes of the one it was made from, if that is known."""

    group: str
    data: bytes
    truth: Notes | None


def ours(data: bytes) -> Notes:
    notes = read_midi(data).notes
    return Counter(zip(notes.onset.tolist(), notes.pitch.tolist(), strict=True))


def with_symusic(data: bytes) -> Notes:
    score = symusic.Score.from_midi(data)
    return Counter((note.time, note.pitch) for track in score.tracks for note in track.notes)


def with_mido(data: bytes) -> Notes:
    found: Notes = Counter()
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                found[tick, message.note] += 1
    return found


def with_pretty_midi(data: bytes) -> Notes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        midi = pretty_midi.PrettyMIDI(io.BytesIO(data))
    return Counter((midi.time_to_tick(note.start), note.pitch) for part in midi.instruments for note in part.notes)


READERS: Final[dict[str, Callable[[bytes], Notes]]] = {
    "Aurl": ours, "symusic": with_symusic, "mido": with_mido, "pretty_midi": with_pretty_midi,
}  # fmt: skip


def outcome(reader: str, case: Case) -> tuple[str, int]:
    """What a reader does with a file, and how many true notes it gives back."""
    try:
        found = READERS[reader](case.data)
    except ParseError as error:
        return f"rejected: {error.reason}", 0
    except Exception:  # whatever a reader raises is its way of refusing
        return "refused", 0
    return ("read" if found else "read, no notes"), sum((found & case.truth).values()) if case.truth else 0


def parsed(case: Case) -> str:
    """What the parse stage makes of a file."""
    try:
        parse_bytes(case.data, load_params().parse)
    except ParseError as error:
        return f"rejected: {error.reason}"
    return "parsed"


def in_processes(function: Callable[[Case], object], cases: list[Case], *, seconds: float) -> Iterator[object]:
    """What the function answers for each case; "hung" or "died" where it did not."""
    with ProcessPool(max_workers=2, context=get_context("spawn")) as pool:
        for future in [pool.schedule(function, args=[case], timeout=seconds) for case in cases]:
            try:
                yield future.result()
            except TooSlow:
                yield "hung"
            except ProcessExpired:
                yield "died"


def collected(folder: Path) -> list[Case]:
    """Every file of the index, those made from the known original with its notes."""
    original = (folder / _ORIGINAL).read_bytes()
    with (folder / "corrupt" / "INDEX.csv").open(newline="") as index:
        rows = list(csv.DictReader(index))
    files = [(row["category"], (folder / "corrupt" / row["path"]).read_bytes()) for row in rows]
    truth = with_mido(original)
    return [Case(group, data, truth if _is_made_from(data, original) else None) for group, data in files]


def _is_made_from(data: bytes, original: bytes) -> bool:
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"".join(archive.read(name) for name in archive.namelist())
    starts = range(_SHARED_BLOCK, len(original) - _SHARED_BLOCK, len(original) // 20)
    return sum(original[start : start + _SHARED_BLOCK] in data for start in starts) >= len(starts) // 3


def damaged(folder: Path, *, files: int, seed: int) -> list[Case]:
    """Sound files of several collections, each damaged in every way that there is."""
    cases = []
    for name in _FOLDERS:
        found = sorted((folder / name).rglob("*.mid"))
        for path in found[:: max(len(found) // files, 1)][:files]:
            data = path.read_bytes()
            truth = with_mido(data)
            for number, damage in enumerate(DAMAGES):
                draw = np.random.default_rng([seed, number, len(cases)])
                cases.append(Case(damage.__name__.replace("_", " "), damage(data, draw), truth))
    return cases


def print_outcomes(cases: list[Case], *, seconds: float) -> None:
    answers = {"Aurl": list(in_processes(parsed, cases, seconds=seconds))}
    for reader in list(READERS)[1:]:
        found = in_processes(partial(outcome, reader), cases, seconds=seconds)
        answers[reader] = [one if isinstance(one, str) else one[0] for one in found]
    print(f"| {len(cases)} files | outcomes |\n|---|---|")
    for reader, given in answers.items():
        counts = ", ".join(f"{count} {told}" for told, count in Counter(given).most_common())
        print(f"| {reader} | {counts} |")


def print_recall(cases: list[Case], *, seconds: float) -> None:
    known = [case for case in cases if case.truth]
    hits = {
        reader: [
            one[1] if isinstance(one, tuple) else 0
            for one in in_processes(partial(outcome, reader), known, seconds=seconds)
        ]
        for reader in READERS
    }
    true = [sum(case.truth.values()) for case in known]
    print(f"\n| damage | files | true notes | {' | '.join(READERS)} | files where another gives more |")
    print(f"|---|---:|---:|{'---:|' * len(READERS)}---:|")
    for group in [*dict.fromkeys(case.group for case in known), None]:
        rows = [row for row, case in enumerate(known) if group in (case.group, None)]
        notes = sum(true[row] for row in rows)
        shares = " | ".join(f"{sum(hits[reader][row] for row in rows) / notes:.3f}" for reader in READERS)
        behind = sum(any(hits[reader][row] > hits["Aurl"][row] for reader in READERS) for row in rows)
        print(f"| {group or 'all'} | {len(rows)} | {notes} | {shares} | {behind} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of the development data")
    parser.add_argument("--files", type=int, default=5, help="sound files of each collection to damage")
    parser.add_argument("--seconds", type=float, default=20, help="what a reader may take for a file")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    cases = collected(options.data)
    print_outcomes(cases, seconds=options.seconds)
    print_recall(cases + damaged(options.data, files=options.files, seed=options.seed), seconds=options.seconds)


if __name__ == "__main__":
    main()
