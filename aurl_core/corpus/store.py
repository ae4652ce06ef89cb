"""`Store`: results per file that need not be computed twice, in one SQLite file. What they mean is not known here.

An entry is found by a hash of everything that could change it (`key_of`). The file may be deleted at any time, can be
shared by any number of processes of one machine, and shrinks when it passes its limit.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

FILE_NAME: Final = "store.sqlite"
DEFAULT_LIMIT_BYTES: Final = 4 << 30
_NOWHERE: Final = ":memory:"
_BUSY_SECONDS: Final = 60.0
_KEPT_BY_EVICTION: Final = 0.9
"""The part of the limit to which a full store shrinks, so that it is not full again at once."""
_KEYS_PER_QUERY: Final = 500
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS entries (
    key BLOB PRIMARY KEY, digest BLOB NOT NULL, bytes INTEGER NOT NULL, used REAL NOT NULL, data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS entries_used ON entries (used, key, bytes);
"""

_log = logging.getLogger(__name__)


def key_of(*parts: str) -> bytes:
    """The key of a result: a hash of the content's hash, the section's hash and the code's hash, in any order you keep.

    >>> key_of("ab", "c") == key_of("a", "bc")
    False
    """
    return hashlib.sha256("\0".join(parts).encode()).digest()


@dataclass(frozen=True, slots=True)
class StoreStatistics:
    """How much a store holds."""

    num_entries: int
    bytes: int
    """Compressed size of all entries."""


@dataclass
class Store:
    """Compressed, verified, bounded memory of results, least recently used first to go.

    A store that is broken or cannot be written costs recomputation, never the run.
    """

    folder: Path
    limit_bytes: int = DEFAULT_LIMIT_BYTES
    _connection: sqlite3.Connection = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / FILE_NAME
        try:
            self._connection = self._connected(path)
        except sqlite3.OperationalError as error:
            _log.warning("%s cannot be used now (%s): nothing is remembered this time", path, error)
            self._connection = self._connected(_NOWHERE)
        except sqlite3.DatabaseError:
            _log.warning("%s is no longer readable and is begun anew", path)
            self._remove_file()
            self._connection = self._connected(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The results at those of `keys` that are known and unharmed."""
        found: dict[bytes, bytes] = {}
        harmed: list[bytes] = []
        with self._forgiving():
            for chunk in _chunks(list(keys)):
                marks = ",".join("?" * len(chunk))
                query = f"SELECT key, digest, data FROM entries WHERE key IN ({marks})"
                for key, digest, data in self._connection.execute(query, chunk):
                    result = _unpacked(data, digest)
                    if result is None:
                        harmed.append(key)
                    else:
                        found[key] = result
            with self._connection:
                self._connection.executemany("DELETE FROM entries WHERE key = ?", [(key,) for key in harmed])
                now = time.time()
                self._connection.executemany("UPDATE entries SET used = ? WHERE key = ?", [(now, k) for k in found])
        return found

    def put(self, results: Mapping[bytes, bytes]) -> None:
        """Remember results; what was used longest ago goes if the store is full."""
        now = time.time()
        rows = [(key, *_packed(result)) for key, result in results.items()]
        with self._forgiving(), self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO entries (key, digest, data, bytes, used) VALUES (?, ?, ?, ?, ?)",
                [(key, digest, data, len(data), now) for key, digest, data in rows],
            )
            self._evict()

    def statistics(self) -> StoreStatistics:
        """How much it holds now."""
        num_entries, total = self._connection.execute(
            "SELECT count(*), coalesce(sum(bytes), 0) FROM entries"
        ).fetchone()
        return StoreStatistics(num_entries, total)

    def clear(self) -> None:
        """Forget everything."""
        with self._connection:
            self._connection.execute("DELETE FROM entries")
        self._connection.execute("VACUUM")

    def _evict(self) -> None:
        total = self.statistics().bytes
        if total <= self.limit_bytes:
            return
        target = self.limit_bytes * _KEPT_BY_EVICTION
        gone = []
        for key, size in self._connection.execute("SELECT key, bytes FROM entries ORDER BY used, key"):
            if total <= target:
                break
            gone.append((key,))
            total -= size
        self._connection.executemany("DELETE FROM entries WHERE key = ?", gone)

    def _connected(self, path: Path | str) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=_BUSY_SECONDS)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def _remove_file(self) -> None:
        for suffix in ("", "-wal", "-shm"):
            (self.folder / (FILE_NAME + suffix)).unlink(missing_ok=True)

    @contextmanager
    def _forgiving(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            _log.warning("the store in %s could not be used: %s", self.folder, error)


def _packed(result: bytes) -> tuple[bytes, bytes]:
    """The digest and the compressed bytes of a result."""
    data = zlib.compress(result)
    return hashlib.sha256(data).digest(), data


def _unpacked(data: bytes, digest: bytes) -> bytes | None:
    return zlib.decompress(data) if hashlib.sha256(data).digest() == digest else None


def _chunks(keys: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(keys), _KEYS_PER_QUERY):
        yield keys[start : start + _KEYS_PER_QUERY]
