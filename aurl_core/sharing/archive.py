"""A run as one file to share, and back. What is in a run's folder is said in run.py and record.py.

The file is a zip archive without compression: run.json, the vocabulary, the checkpoints that are unharmed, the samples
made while learning, and SHA256SUMS of it all. Neither music nor paths are in it, and the same run gives the same bytes.
"""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from aurl_core.errors import InputError
from aurl_core.files import whole_file, whole_folder
from aurl_core.sums import SUMS_FILE, faults, sums_of
from aurl_core.tokens.tokenizer import tokenizer_files
from aurl_core.training.checkpoints.run import RUN_FILE, parsed_identity, read_identity

_NEVER: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip archive can say."""
_CHUNK_BYTES: Final = 1 << 20
_ILLEGIBLE: Final = (
    BadZipFile, KeyError, EOFError, RuntimeError, NotImplementedError, FileExistsError, NotADirectoryError,
    IsADirectoryError, UnicodeDecodeError,
)  # fmt: skip
"""What zipfile raises for what is no such archive, or one that contradicts itself."""
_PART: Final = re.compile(r"[\w.-]+")


def export_run(run: Path, file: Path) -> int:
    """Write the run in a folder to one file; the number of its checkpoints.

    `MissingError` if there is no run; `InputError` if none of its checkpoints is unharmed.
    """
    read_identity(run)
    states = [place for place in sorted(run.rglob("step-*")) if place.is_dir() and not faults(place)]
    if not states:
        raise InputError(f"{run} holds no unharmed checkpoint, so there is nothing to share: train first")
    names = sorted(path.relative_to(run).as_posix() for path in _shared(run, states))
    with whole_file(file) as temporary, ZipFile(temporary, "w", ZIP_STORED) as archive:
        archive.writestr(_entry(SUMS_FILE), sums_of(run, names))
        for name in names:
            with (run / name).open("rb") as source, archive.open(_entry(name), "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, _CHUNK_BYTES)
    return len(states)


def import_run(file: Path, checkpoints: Path) -> Path:
    """Put the run in a file among the checkpoints; its folder.

    `InputError`, and nothing written, if the file is damaged, is no run, or would write anywhere else; or if the run is
    there already.
    """
    try:
        with ZipFile(file) as archive:
            key = parsed_identity(archive.read(RUN_FILE), f"{RUN_FILE} in {file}").key
            run = checkpoints / key
            if run.exists():
                raise InputError(f"{run} is there already: delete it first if the one in {file} is to take its place")
            with whole_folder(run) as folder:
                _unpack(archive, folder)
                if found := faults(folder):
                    raise InputError(f"{file} is damaged: {', '.join(found)}; get it again")
                (folder / SUMS_FILE).unlink()
    except _ILLEGIBLE as error:
        raise InputError(
            f"{file} is damaged or no run that `aurl run export` wrote ({str(error).strip()}); get it again"
        ) from error
    return run


def _shared(run: Path, states: list[Path]) -> Iterator[Path]:
    yield run / RUN_FILE
    yield from tokenizer_files(run)
    for folder in (*states, *run.rglob("sketches")):
        yield from (path for path in folder.rglob("*") if path.is_file())


def _entry(name: str) -> ZipInfo:
    """An archived file that anybody may read, and that says nothing of when and by whom it was made."""
    entry = ZipInfo(name, _NEVER)
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    return entry


def _unpack(archive: ZipFile, folder: Path) -> None:
    for entry in archive.infolist():
        parts = PurePosixPath(entry.filename).parts
        if not parts or ".." in parts or not all(map(_PART.fullmatch, parts)) or entry.compress_type != ZIP_STORED:
            raise InputError(f"{archive.filename} holds {entry.filename!r}, which no run has: it is not to be trusted")
        path = folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, _CHUNK_BYTES)
