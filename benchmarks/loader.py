"""How long training waits for a piece: random reads of a split's memory-mapped files, and what they take of memory.

`python -m benchmarks.loader [--corpus FOLDER]` repeats the shards of FOLDER/split=train (data/corpus, which shard
writes, by default) in a temporary folder until they hold `--pieces` pieces, lays them out as training does, and reads
pieces at random, each with its columns touched: first with the files dropped from the system's memory, then as they are
found. Memory is what is not the mapped files' own.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import pyarrow.parquet as pq
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from aurl_core.corpus.cache import SplitReader
from aurl_core.corpus.shards import TABLES, set_file, shard_files

_READS = 5000


def repeated(corpus: Path, folder: Path, num_pieces: int) -> Path:
    """A split of at least `num_pieces`: links to the files of the corpus's training split, again and again."""
    split = folder / "split=train"
    split.mkdir()
    sources = shard_files(corpus / "split=train")
    sizes = [pq.read_metadata(source).num_rows for source in sources]
    filled, number = 0, 0
    while filled < num_pieces:
        source = sources[number % len(sources)]
        for table in TABLES:
            file = source.with_name(source.name.replace("pieces", table))
            set_file(split, table, number).symlink_to(file.resolve())
        filled, number = filled + sizes[number % len(sources)], number + 1
    (folder / "manifest.json").write_text("{}")
    return split


def milliseconds(reader: SplitReader, *, num_reads: int, seed: int) -> NDArray[np.float64]:
    """(num_reads,) how long each random piece took, every column summed up."""
    spent = []
    for piece in np.random.default_rng(seed).integers(len(reader), size=num_reads).tolist():
        start = time.perf_counter()
        notes = reader.score(piece).notes
        for column in (notes.onset, notes.duration, notes.pitch, notes.velocity, notes.track):
            column.sum()
        spent.append(1000 * (time.perf_counter() - start))
    return np.array(spent)


def forget(folder: Path) -> None:
    """Let the system drop the files from its memory."""
    for file in folder.rglob("*.arrow"):
        with file.open("rb") as opened:
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def private_megabytes() -> float:
    memory = psutil.Process().memory_info()
    return (memory.rss - memory.shared) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"))
    parser.add_argument("--pieces", type=int, default=5000)
    options = parser.parse_args()
    table = Table("", "median ms", "99th percentile ms", "longest ms", "private MB after")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        split = repeated(options.corpus, folder, options.pieces)
        start = time.perf_counter()
        SplitReader.of(split, cache=folder / "cache")
        seconds = time.perf_counter() - start
        forget(folder / "cache")
        reader = SplitReader.of(split, cache=folder / "cache")
        table.add_row("opened", "", "", "", f"{private_megabytes():.0f}")
        for name in ("dropped from memory", "as found", "as found, again"):
            spent = milliseconds(reader, num_reads=_READS, seed=0)
            figures = (np.median(spent), np.percentile(spent, 99), spent.max())
            table.add_row(name, *(f"{figure:.3f}" for figure in figures), f"{private_megabytes():.0f}")
        size = sum(file.stat().st_size for file in (folder / "cache").rglob("*.arrow")) / 1e6
        table.title = f"{len(reader)} pieces, {size:.0f} MB laid out in {seconds:.1f} s, {_READS} reads"
    Console().print(table)


if __name__ == "__main__":
    main()
