"""A corpus as large as you like, of files that look like those of a folder you give: seeded, nested, some damaged.

`python -m benchmarks.make_corpus FOLDER TARGET --files 10000 [--seed 1] [--odd-share 0.02]` reads the MIDI below
FOLDER and writes TARGET. Each file is a medley of sections of several sources in the clothes of one (`medley.py`), so
sizes and instruments spread like those of FOLDER; one in ten is another version of another file's medley, as wild
collections have them. No two files but the empty ones have the same bytes. The same arguments make the same files.
"""

from __future__ import annotations

import argparse
import gzip
import time
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

import numpy as np

from aurl_core.chunks import Casualty
from aurl_core.errors import InputError, ParseError
from aurl_core.parsing.midi import read_midi
from aurl_core.random_streams import stream
from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import Score
from benchmarks.medley import dressed, medley
from tasks.params import ClusterParams
from tasks.pool import Pool

_NUM_GUESTS: Final = 3
_VERSION_SHARE: Final = 0.1
"""Files that are another version of another file's music."""
_LEAST_NOTES, _MOST_NOTES = 16, 100_000
"""Of a source."""
_FILES_PER_CHUNK: Final = 200
_SETS: Final = ("My MIDI Collection", "backup_2003", "Klassik & Folk", "www.midiworld.example", "ジャズ", "unsortiert")
_PEOPLE: Final = (
    "Änne Sørensen", "J. de la Cruz", "THE_LANTERNS", "Quartet No 9", "Zoë & the Foxes", "anonymous", "Mikołaj W.",
    "O'Brien", "Дом Музыки", "b.hart", "Trio Azul", "Unknown Artist", "K-14", "Lütt Matten", "Old Mill Band", "va",
)  # fmt: skip
_WORDS: Final = (
    "blue", "river", "Nocturne", "op", "walking", "Été", "LOVE", "theme", "march", "rain", "final", "street", "Walzer",
    "no", "sleepy", "dream", "last", "fuga", "summer", "night", "level", "hope", "Reel", "golden", "train", "copy",
)  # fmt: skip
_ENDINGS: Final = (".mid", ".mid", ".mid", ".mid", ".midi", ".MID", ".kar")

Damage = Callable[[bytes, np.random.Generator], bytes]
_DAMAGES: Final[tuple[Damage, ...]] = (
    lambda data, random: data[: int(random.integers(1, len(data)))],
    lambda data, random: data[:18] + bytes(4) + data[22:],
    lambda data, random: random.bytes(int(random.integers(1, 4096))),
    lambda data, random: data[: len(data) // 2] + random.bytes(64) + data[len(data) // 2 + 64 :],
    lambda data, random: b"<html><body>404 not found: %d</body></html>" % random.integers(1 << 30),
    lambda data, random: gzip.compress(data, mtime=0),
    lambda data, random: b"",
)
"""Cut short, a wrong chunk length, junk, junk in the midst, a page in disguise, gzip in disguise, nothing."""


def make_corpus(folder: Path, target: Path, *, files: int, seed: int, odd_share: float) -> int:
    """Write `files` files into `target`, and return how many bytes they have together.

    Raises InputError if no MIDI with notes is below `folder` or if `target` exists.
    """
    if target.exists():
        raise InputError(f"{target} exists; name a folder that does not, it will be made")
    pool = Pool(ClusterParams(workers=0, chunk_size=_FILES_PER_CHUNK, chunk_timeout_seconds=600))
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".mid", ".midi"))
    usable = (chunk for chunk in pool.map(_usable, found) if not isinstance(chunk, Casualty))
    sources = [path for chunk in usable for path in chunk]
    if not sources:
        raise InputError(f"{folder} holds no .mid or .midi with notes that can be read; name a folder that does")
    make = partial(_make_files, sources=sources, target=target, seed=seed, odd_share=odd_share)
    num_bytes = 0
    for outcome in pool.map(make, range(files)):
        assert not isinstance(outcome, Casualty), outcome
        num_bytes += outcome
    return num_bytes


def _usable(paths: list[Path]) -> list[Path]:
    """Those that can be read and have enough notes to cut sections from."""
    return [path for path in paths if _LEAST_NOTES <= _num_notes(path) <= _MOST_NOTES]


def _num_notes(path: Path) -> int:
    try:
        return len(read_midi(path.read_bytes()).notes)
    except ParseError:
        return 0


def _make_files(indices: list[int], *, sources: Sequence[Path], target: Path, seed: int, odd_share: float) -> int:
    """Write some of the files; their size in bytes."""
    num_bytes = 0
    for index in indices:
        random = stream(seed, "file", index)
        data = write_midi(_composed(index, sources, seed, random), lineage=f"made {seed}/{index}")
        if random.random() < odd_share:
            data = _DAMAGES[int(random.integers(len(_DAMAGES)))](data, random)
        path = target / _path_of(index, random)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        num_bytes += len(data)
    return num_bytes


def _composed(index: int, sources: Sequence[Path], seed: int, random: np.random.Generator) -> Score:
    """The piece of one file: its own medley, or one in ten times that of an earlier file, in clothes of its own."""
    is_version = index > 0 and random.random() < _VERSION_SHARE
    work = stream(seed, "work", int(random.integers(index)) if is_version else index)
    chosen = [_source(sources[number]) for number in work.integers(len(sources), size=1 + _NUM_GUESTS)]
    return dressed(medley(chosen[0], chosen[1:], work), random)


@lru_cache(maxsize=1024)
def _source(path: Path) -> Score:
    return read_midi(path.read_bytes())


def _path_of(index: int, random: np.random.Generator) -> Path:
    """A name as people give them, at most four folders deep; the number in it keeps it from any other's."""
    words = " ".join(random.choice(_WORDS, int(random.integers(1, 4))))
    person, depth = str(random.choice(_PEOPLE)), int(random.integers(1, 5))
    folders = (str(random.choice(_SETS)), person[0].upper(), person, f"disc {random.integers(1, 4)}")[:depth]
    return Path(*folders, f"{words} {index:05d}{random.choice(_ENDINGS)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of MIDI to vary")
    parser.add_argument("target", type=Path, help="folder to make")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--odd-share", type=float, default=0.02, help="share of damaged files")
    options = parser.parse_args()
    start = time.perf_counter()
    num_bytes = make_corpus(
        options.folder, options.target, files=options.files, seed=options.seed, odd_share=options.odd_share
    )
    print(f"files={options.files} bytes={num_bytes} seconds={time.perf_counter() - start:.1f}")


if __name__ == "__main__":
    main()
