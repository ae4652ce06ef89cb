"""SHA256SUMS: the digest of each file of a folder, so that one that is damaged or missing is known by name."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import file_digest
from pathlib import Path
from typing import Final

SUMS_FILE: Final = "SHA256SUMS"


def sha256_of(path: Path) -> str:
    """The digest of a file, as hex digits."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS of every other file in and below `folder`, as `sha256sum -c` reads it: digest, two spaces, name.

    Whole folders can be given away with it: the names in it are relative.
    """
    (folder / SUMS_FILE).write_text(sums_of(folder, _files(folder)), encoding="utf-8")


def sums_of(folder: Path, names: Iterable[str]) -> str:
    """What SHA256SUMS says of some files of a folder."""
    return "".join(f"{sha256_of(folder / name)}  {name}\n" for name in sorted(names))


def faults(folder: Path) -> list[str]:
    """What is not as SHA256SUMS says, a phrase each: `state.ckpt is damaged`; empty if all is.

    Files that are missing or not listed are faults, and so is a SHA256SUMS that cannot be read.
    """
    if not (folder / SUMS_FILE).is_file():
        return [f"{SUMS_FILE} is missing"]
    rows = [line.split("  ", 1) for line in (folder / SUMS_FILE).read_text("utf-8", "replace").splitlines()]
    if not all(len(row) == 2 for row in rows):
        return [f"{SUMS_FILE} is damaged: its lines are not <digest>  <name>"]
    listed = {name: digest for digest, name in rows}
    found = _files(folder)
    damaged = [name for name in listed.keys() & found if sha256_of(folder / name) != listed[name]]
    return [
        *(f"{name} is missing" for name in sorted(listed.keys() - found)),
        *(f"{name} is not listed" for name in sorted(found - listed.keys())),
        *(f"{name} is damaged" for name in sorted(damaged)),
    ]


def _files(folder: Path) -> set[str]:
    """The names of all files of a folder, relative to it, but for SHA256SUMS itself."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {SUMS_FILE}
