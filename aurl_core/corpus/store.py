"""`Store`: results per file that need not be computed twice, packed in segments. What they mean is not known here.

A segment is a folder that holds the results of some keys in files of any format; it is written under another name and
renamed, and never changed afterwards. So any number of processes, and machines that share the folder, may read, add and
evict at once: there is nothing to lock. A key is a hash of everything that could change its result (`key_of`). The
whole store, or any segment of it, may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from aurl_core.corpus.arrays import array_of

DEFAULT_LIMIT_BYTES: Final = 16 << 30
_ABOUT_FILE: Final = "segment.json"
_KEPT_BY_EVICTION: Final = 0.9
"""The part of the limit to which a full store shrinks, so that it is not full again at once."""
_BLOBS_FILE: Final = "blobs.parquet"
_BLOBS_PER_SEGMENT: Final = 64

_log = logging.getLogger(__name__)


def key_of(*parts: str) -> str:
    """The key of a result: a hash of the content's hash, the section's hash and the code's hash, in any order you keep.

    >>> key_of("ab", "c") == key_of("a", "bc")
    False
    """
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class RoomStatistics:
    """How much a room of the store holds."""

    num_results: int
    num_segments: int
    bytes: int
    """Size of all segments; files that an output shares with its segment take their place on the disk once."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Results that lie together, in the order of their keys."""

    folder: Path
    keys: tuple[str, ...]
    digests: Mapping[str, str]
    """The sha256 of each file by name."""
    bytes: int

    def files(self) -> dict[str, Path] | None:
        """The files by name; None, and the segment is gone, if one of them is missing or not what was written."""
        found = {name: self.folder / name for name in self.digests}
        try:
            if all(_digest(path) == self.digests[name] for name, path in found.items()):
                os.utime(self.folder)
                return found
            _log.warning("%s was damaged: what it held is computed again", self.folder)
        except OSError as error:
            _log.info("%s is gone (another process may have evicted it): %s", self.folder, error)
        _remove(self.folder)
        return None


@dataclass
class Store:
    """Verified, bounded memory of results; what was used longest ago goes first.

    A store that is broken or cannot be written costs recomputation, never the run.
    """

    folder: Path
    limit_bytes: int = DEFAULT_LIMIT_BYTES
    _waiting: dict[str, dict[str, bytes]] = field(default_factory=dict, repr=False)
    """Blobs by room that have no segment yet."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for room in list(self._waiting):
            self._pack(room)
        self.trim()

    def keep(self, room: str, keys: Sequence[str], files: Mapping[str, Path]) -> None:
        """Remember `files`, by the name they shall have, as the results of `keys`; `room` says of what kind they are.

        Files are hard-linked where the disk allows, so that the store takes no room beside the outputs of a stage.
        """
        target = self._place(room, keys)
        with self._forgiving():
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".", dir=target.parent) as parent:
                folder = Path(parent) / target.name
                folder.mkdir()
                for name, path in files.items():
                    link(path, folder / name)
                about = {
                    "keys": list(keys),
                    "digests": {name: _digest(folder / name) for name in files},
                    "bytes": sum((folder / name).stat().st_size for name in files),
                }
                (folder / _ABOUT_FILE).write_text(json.dumps(about))
                with suppress(OSError):  # there is one already: another process was quicker
                    folder.rename(target)

    def segment(self, room: str, keys: Sequence[str]) -> Segment | None:
        """The segment that holds the results of just these keys, in this order."""
        return _read(self._place(room, keys))

    def index(self, room: str) -> dict[str, Segment]:
        """A segment for each key that is known."""
        return {key: segment for segment in self._segments(room) for key in segment.keys}

    def get(self, room: str, keys: Iterable[str]) -> dict[str, bytes]:
        """The blobs at those of `keys` that are known and unharmed."""
        wanted, index = list(keys), self.index(room)
        segments = {segment.folder: segment for key in wanted if (segment := index.get(key))}
        found = dict(self._waiting.get(room, {}))
        for segment in segments.values():
            if files := segment.files():
                blobs = pq.ParquetFile(files[_BLOBS_FILE]).read()["blob"]
                found |= {key: blob.as_py() for key, blob in zip(segment.keys, blobs, strict=True)}
        return {key: found[key] for key in wanted if key in found}

    def put(self, room: str, results: Mapping[str, bytes]) -> None:
        """Remember blobs; they are packed when there are some, and when the store is left."""
        self._waiting.setdefault(room, {}).update(results)
        if len(self._waiting[room]) >= _BLOBS_PER_SEGMENT:
            self._pack(room)

    def statistics(self) -> dict[str, RoomStatistics]:
        """How much each room holds now, by name."""
        found = {}
        for room in sorted({folder.parents[1].name for folder in self.folder.glob("*/??/*")}):
            segments = list(self._segments(room))
            num_results, size = sum(len(one.keys) for one in segments), sum(one.bytes for one in segments)
            found[room] = RoomStatistics(num_results, len(segments), size)
        return found

    def clear(self) -> None:
        """Forget everything."""
        for segment in list(self._segments()):
            _remove(segment.folder)

    def trim(self) -> None:
        """Forget what was used longest ago if there is more than the limit."""
        with self._forgiving():
            segments = list(self._segments())
            total = sum(segment.bytes for segment in segments)
            if total <= self.limit_bytes:
                return
            for segment in sorted(segments, key=_last_use):
                if total <= self.limit_bytes * _KEPT_BY_EVICTION:
                    break
                _remove(segment.folder)
                total -= segment.bytes

    def _place(self, room: str, keys: Sequence[str]) -> Path:
        name = key_of(*keys)
        return self.folder / room / name[:2] / name

    def _segments(self, room: str = "*") -> Iterator[Segment]:
        for about in self.folder.glob(f"{room}/??/*/{_ABOUT_FILE}"):
            if segment := _read(about.parent):
                yield segment

    def _pack(self, room: str) -> None:
        blobs = self._waiting.pop(room)
        with self._forgiving(), tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / _BLOBS_FILE
            pq.write_table(
                pa.table({"blob": array_of(list(blobs.values()), pa.binary())}),
                file,
                compression="zstd",
                write_statistics=False,
            )
            self.keep(room, list(blobs), {_BLOBS_FILE: file})

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            _log.warning("the store in %s could not be used, and nothing is remembered: %s", self.folder, error)


def link(source: Path, target: Path) -> None:
    """Give a file a second name, or a copy where the disk knows no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _read(folder: Path) -> Segment | None:
    try:
        about = json.loads((folder / _ABOUT_FILE).read_text())
        return Segment(folder, tuple(about["keys"]), about["digests"], about["bytes"])
    except (OSError, ValueError, KeyError):
        return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _last_use(segment: Segment) -> tuple[float, str]:
    with suppress(OSError):
        return segment.folder.stat().st_mtime, segment.folder.name
    return 0.0, segment.folder.name


def _remove(folder: Path) -> None:
    """First out of sight, then gone, so that nobody finds a half of it."""
    hidden = folder.with_name(f".{folder.name}.{os.getpid()}")
    with suppress(OSError):
        folder.rename(hidden)
    shutil.rmtree(hidden, ignore_errors=True)
