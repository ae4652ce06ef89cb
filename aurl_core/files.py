"""Files that are whole or absent: written under a temporary name, flushed, then renamed. No format lives here."""

from __future__ import annotations

import filecmp
import os
import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path


def write_whole(path: Path, data: bytes | str) -> None:
    """Write `data` to `path` so that a reader sees the old file or the new one, never a part.

    Raises OSError (disk full, folder not writable) and then leaves what was there before.
    """
    with whole_file(path) as temporary:
        temporary.write_bytes(data.encode() if isinstance(data, str) else data)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder; it becomes `path` when the block ends well and vanishes when not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _named_in_errors(path), tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        temporary = Path(folder) / path.name
        yield temporary
        _flush(temporary)
        temporary.replace(path)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder; it replaces the folder `path` when the block ends well and vanishes when not.

    If `path` holds the very same files already it is left alone, so that nothing has to be written, flushed or hashed
    again.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _named_in_errors(path), tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as parent:
        temporary, old = Path(parent) / path.name, Path(parent) / "old"
        temporary.mkdir()
        yield temporary
        if path.is_dir() and _are_same(temporary, path):
            return
        with ThreadPoolExecutor() as threads:  # a disk flushes many files in the time of one
            list(threads.map(_flush, [file for file in temporary.rglob("*") if file.is_file()]))
        if path.exists():
            path.rename(old)
        temporary.rename(path)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _named_in_errors(path: Path) -> Iterator[None]:
    """Let an OSError that names no file (Arrow's, for one) name `path`, which was being written."""
    try:
        yield
    except OSError as error:
        if error.errno is not None and error.filename is None:
            error.filename = str(path)
        raise


def _are_same(one: Path, other: Path) -> bool:
    names = {file.relative_to(one) for file in one.rglob("*")}
    if names != {file.relative_to(other) for file in other.rglob("*")}:
        return False
    return all((one / name).is_dir() or filecmp.cmp(one / name, other / name, shallow=False) for name in sorted(names))


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
