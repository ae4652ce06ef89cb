"""A split as training reads it: random access to scores through memory-mapped, uncompressed Arrow files.

They are made once from a split's shards, hold no more than a `Score` needs, and can be deleted at any time. What was
read of them is the operating system's to keep or drop, so memory does not grow with the corpus. Everybody else reads
the shards themselves (shards.py).
"""

from __future__ import annotations

import os
import shutil
from bisect import bisect_right
from contextlib import ExitStack
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from filelock import FileLock
from numpy.typing import NDArray

from aurl_core.corpus.shards import PieceTables, read_shards, rows_per_piece
from aurl_core.errors import MissingError
from aurl_core.files import whole_folder
from aurl_core.score.score import EVENT_KINDS, Events, Notes, Score, Track

_FORMAT: Final = b"1"
_LOCK_FILE: Final = ".lock"
DEFAULT_LIMIT_BYTES: Final = 8 << 30
_NOTES: Final = {
    "onset_steps": pa.int32(),
    "duration_steps": pa.int32(),
    "pitch": pa.uint8(),
    "velocity": pa.uint8(),
    "track": pa.uint16(),
}
_TRACKS: Final = {
    "name": pa.string(),
    "program": pa.uint8(),
    "channel": pa.uint8(),
    "is_drum": pa.bool_(),
    "voice": pa.string(),
}
_EVENTS: Final = {
    "onset_steps": pa.int32(),
    "kind": pa.uint8(),
    "track": pa.int16(),
    "number": pa.int32(),
    "value": pa.float64(),
    "text": pa.string(),
}
_PARTS: Final = {"notes": _NOTES, "tracks": _TRACKS, "events": _EVENTS}


class SplitReader:
    """The pieces of one split, by number. A copy in another process maps the files for itself."""

    def __init__(self, folder: Path, chosen: NDArray[np.int64] | None = None) -> None:
        self._folder = folder
        self._tables = {name: _open(folder / f"{name}.arrow") for name in ("pieces", *_PARTS)}
        self._first = np.cumsum([0, *(batch.num_rows for batch in self._tables["pieces"])]).tolist()
        self._chosen = np.arange(self._first[-1]) if chosen is None else chosen

    @classmethod
    def of(cls, split: Path, *, cache: Path, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> Self:
        """The reader of a corpus's `split=...` folder, whose Arrow files are made in `cache` unless they are there.

        Files of other splits and corpora that were not used for longest are deleted while all together are larger
        than `limit_bytes`; who has them open keeps them. Of several processes one makes the files and the others wait
        for it. `MissingError` if the corpus is not there, OSError if the disk is full; then nothing is left behind.
        """
        folder = cache / _key(split)
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / _LOCK_FILE):  # a process that ends, however it ends, lets go of it
            _sweep(cache)
            if not folder.is_dir():
                with whole_folder(folder) as temporary:
                    _build(split, temporary)
            os.utime(folder)
            _trim(cache, limit_bytes, keep=folder)
            return cls(folder)

    def __reduce__(self) -> tuple[type[Self], tuple[Path, NDArray[np.int64]]]:
        return type(self), (self._folder, self._chosen)

    def only(self, pieces: NDArray[np.int64]) -> Self:
        """A reader of some of the pieces, numbered in this order."""
        return type(self)(self._folder, self._chosen[pieces])

    def __len__(self) -> int:
        return len(self._chosen)

    def piece_id(self, piece: int) -> str:
        """The id of a piece."""
        batch, place = self._place(piece)
        name: str = self._tables["pieces"][batch]["piece_id"][place].as_py()
        return name

    def row(self, piece: int) -> dict[str, Any]:
        """The piece's row of the pieces table, `num_tokens` in place of `token_ids`."""
        batch, place = self._place(piece)
        row: dict[str, Any] = self._tables["pieces"][batch].slice(place, 1).to_pylist()[0]
        return row

    def column(self, name: str) -> pa.ChunkedArray:
        """One column of the pieces table."""
        return pa.Table.from_batches(self._tables["pieces"])[name].take(self._chosen)

    @cached_property
    def num_tokens(self) -> NDArray[np.int64]:
        """Per piece: how many tokens it has, not augmented."""
        lengths: NDArray[np.int64] = self.column("num_tokens").to_numpy().astype(np.int64)
        return lengths

    def score(self, piece: int) -> Score:
        """The piece in steps; its columns are views of the mapped files."""
        batch, place = self._place(piece)
        pieces = self._tables["pieces"][batch]
        rows = {}
        for name in _PARTS:
            start, end = pieces[f"{name}_start"][place].as_py(), pieces[f"{name}_end"][place].as_py()
            rows[name] = self._tables[name][batch].slice(start, end - start)
        return Score(
            pieces["steps_per_beat"][place].as_py(),
            Notes(*(values.to_numpy() for values in rows["notes"])),
            tuple(Track(**row) for row in rows["tracks"].to_pylist()),
            Events(*(values.to_numpy(zero_copy_only=False) for values in rows["events"])),
        )

    def _place(self, piece: int) -> tuple[int, int]:
        if not 0 <= piece < len(self):
            raise IndexError(f"piece {piece} of a split of {len(self)}")
        number = int(self._chosen[piece])
        batch = bisect_right(self._first, number) - 1
        return batch, number - self._first[batch]


def _key(split: Path) -> str:
    """What the Arrow files depend on: the manifest, which holds the shards' hashes, and which split it is."""
    manifest = split.parent / "manifest.json"
    if not manifest.is_file():
        raise MissingError(f"{manifest} is missing: the shard stage has not run; run `dvc repro shard`")
    return sha256(_FORMAT + split.name.encode() + manifest.read_bytes()).hexdigest()[:16]


def _build(split: Path, folder: Path) -> None:
    """One record batch a shard, so that memory is bounded by a shard."""
    with ExitStack() as files:
        writers: dict[str, pa.RecordBatchFileWriter] = {}
        for shard in read_shards(split):
            for name, batch in _batches(shard).items():
                if name not in writers:
                    writers[name] = files.enter_context(pa.ipc.new_file(folder / f"{name}.arrow", batch.schema))
                writers[name].write_batch(batch)


def _batches(shard: PieceTables) -> dict[str, pa.RecordBatch]:
    lengths = pc.list_value_length(shard.pieces["token_ids"])
    columns = {name: _plain(shard.pieces[name]) for name in shard.pieces.column_names if name != "token_ids"}
    columns["num_tokens"] = lengths.combine_chunks()
    batches = {}
    for name, kinds in _PARTS.items():
        table = getattr(shard, name)
        end = np.cumsum(rows_per_piece(table, shard.pieces), dtype=np.int64)
        columns |= {f"{name}_start": pa.array(np.append(0, end[:-1])[: len(end)]), f"{name}_end": pa.array(end)}
        batches[name] = pa.record_batch({column: _cast(table[column], kind) for column, kind in kinds.items()})
    return {"pieces": pa.record_batch(columns), **batches}


def _plain(values: pa.ChunkedArray) -> pa.Array:
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    return values.cast(kind).combine_chunks()


def _cast(values: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(values.type) and kind == pa.uint8():
        return pc.index_in(_plain(values), value_set=pa.array(EVENT_KINDS)).cast(kind)
    return values.cast(kind).combine_chunks()


def _open(path: Path) -> list[pa.RecordBatch]:
    reader = pa.ipc.open_file(pa.memory_map(str(path)))
    return [reader.get_batch(number) for number in range(reader.num_record_batches)]


def _sweep(cache: Path) -> None:
    """Delete what killed processes began to make or to delete; who holds the lock knows that nobody is at it."""
    for begun in cache.glob(".*/"):
        shutil.rmtree(begun)


def _trim(cache: Path, limit_bytes: int, *, keep: Path) -> None:
    """Delete what was not used for longest until the rest fits."""
    finished = [folder for folder in cache.iterdir() if not folder.name.startswith(".")]
    folders = sorted(finished, key=lambda folder: folder.stat().st_mtime, reverse=True)
    total = 0
    for folder in folders:
        total += sum(file.stat().st_size for file in folder.iterdir())
        if total > limit_bytes and folder != keep:
            shutil.rmtree(folder.rename(cache / f".{folder.name}"))
