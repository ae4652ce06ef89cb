"""Tables of metadata that lie beside the music: any CSV whose header names a column of paths and one that we know.

A `metadata.csv` must be such a table; other tables that are none are passed over. What a table says of a file counts
more than what the file says of itself, and a table in a deeper folder more than one above it.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Final

from aurl_core.errors import InputError
from aurl_core.parsing.stated import Stated

METADATA_FILE: Final = "metadata.csv"
_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "path": ("path", "file", "filename", "midi_filename"),
    "title": ("title", "canonical_title"),
    "composer": ("composer", "canonical_composer", "artist"),
    "genre": ("genre",),
    "year": ("year",),
    "style_tags": ("style_tags", "tags"),
    "licence_note": ("licence_note", "licence", "license"),
}
"""What a column may be called; of several that are there the first counts."""
_MOST_NAMED: Final = 5
"""How many rows without a file a note names."""

_log = logging.getLogger(__name__)


def read_sidecars(folder: Path, tables: Sequence[str], paths: Collection[str]) -> dict[str, Stated]:
    """What the CSV files `tables` say of the music `paths`, all relative to `folder`.

    Unknown columns and rows that name no music are noted in the log. Raises InputError, with file and line, if a table
    cannot be read as one.
    """
    found: dict[str, Stated] = {}
    for table in sorted(tables, key=lambda name: (name.count("/"), name)):
        said = dict(_rows(folder / table, table))
        known = {path: stated for path, stated in said.items() if path in paths}
        if len(known) < len(said):
            missing = [path for path in said if path not in known]
            _log.warning(
                "%d of %d rows of %s name no music that comes in: %s%s", len(missing), len(said), table,
                ", ".join(missing[:_MOST_NAMED]), " ..." if len(missing) > _MOST_NAMED else "",
            )  # fmt: skip
        found |= known
    return found


def _rows(file: Path, table: str) -> Iterator[tuple[str, Stated]]:
    """The path and the facts of each row."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.reader(opened, strict=True)
            header = [name.strip().lower() for name in next(reader, [])]
            places = _places(header)
            if "path" not in places or len(places) < 2:
                if file.name == METADATA_FILE:
                    raise InputError(_no_table(table, header))
                return
            for row in reader:
                if any(cell.strip() for cell in row):
                    yield _row(row, places, len(header), f"{table}, line {reader.line_num}")
    except (csv.Error, UnicodeDecodeError) as error:
        if file.name == METADATA_FILE:
            raise InputError(
                f"{table} in the source folder is no CSV in UTF-8 ({error}): save it as such, or rename it"
            ) from error
        _log.warning("%s is passed over: it is no CSV in UTF-8 (%s)", table, error)


def _places(header: Sequence[str]) -> dict[str, int]:
    """Where each known column stands."""
    named = {name: [alias for alias in aliases if alias in header] for name, aliases in _COLUMNS.items()}
    return {name: header.index(aliases[0]) for name, aliases in named.items() if aliases}


def _row(row: Sequence[str], places: Mapping[str, int], width: int, where: str) -> tuple[str, Stated]:
    if len(row) != width:
        raise InputError(f"{where} has {len(row)} cells and the header {width}: quote cells that hold commas")
    cells = {name: row[place].strip() for name, place in places.items()}
    folder = PurePosixPath(where.rpartition(", line ")[0]).parent
    return (folder / cells["path"].replace("\\", "/")).as_posix(), Stated(
        title=cells.get("title") or None,
        composer=cells.get("composer") or None,
        genre=cells.get("genre") or None,
        year=_year(cells.get("year", ""), where),
        style_tags=tuple(tag for part in cells.get("style_tags", "").split(";") if (tag := part.strip())),
        licence_note=cells.get("licence_note") or None,
    )


def _year(text: str, where: str) -> int | None:
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise InputError(
            f"{where} has {text!r} for a year: write it in digits, 1723, or leave the cell empty"
        ) from None


def _no_table(table: str, header: Sequence[str]) -> str:
    valid = ", ".join(chain.from_iterable(_COLUMNS.values()))
    return (
        f"{table} in the source folder has the columns {', '.join(header) or 'none'}; it needs one of paths and one of "
        f"facts, of these: {valid}; rename the file if it is no table about the music beside it"
    )
