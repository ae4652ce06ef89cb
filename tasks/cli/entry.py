"""What every command begins with, and how tables look. No command lives here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.environment import find_root, set_up

if TYPE_CHECKING:
    from rich.console import Console

_WORD, _GAP = 16, 2
"""Characters that a column needs at most to be readable, and between two columns."""


def enter() -> Path:
    """Work from the repository that the current folder is in; its root."""
    root = find_root()
    set_up(root)
    return root


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[str] = ()) -> None:
    """A table on stdout; the columns named in `right` are aligned there. Nothing is cut off."""
    from rich import box
    from rich.table import Table

    table, aligned = Table(box=box.SIMPLE_HEAD, pad_edge=False), set(right)
    for name in header:
        table.add_column(name, justify="right" if name in aligned else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    _console().print(table)


def print_rows(header: Sequence[str], rows: Sequence[Sequence[object]], *, right: Iterable[str] = ()) -> None:
    """A table on stdout, or, where its columns have no room side by side, a table of names and values for each row."""
    if _have_room(header, rows):
        print_table(header, rows, right=right)
        return
    for number, row in enumerate(rows, start=1):
        print_table((f"row {number}", ""), zip(header, row, strict=True))


def _have_room(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bool:
    """Could each column be as wide as its name and as the longest word in it, unless that is very long?"""
    columns = [[_cell(row[index]) for row in rows] for index in range(len(header))]
    words = [[len(word) for cell in column for word in cell.split()] for column in columns]
    widths = [max(len(name), min(_WORD, max(lengths, default=0))) for name, lengths in zip(header, words, strict=True)]
    return sum(widths) + _GAP * len(widths) <= _console().width


def _console() -> Console:
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False)


def size_text(num_bytes: float) -> str:
    """Bytes for people.

    >>> size_text(1_234_567)
    '1.2 MB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if num_bytes < 1000:
            return f"{num_bytes:.0f} B" if unit == "B" else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1000
    return f"{num_bytes:.1f} TB"


def _cell(value: object) -> str:
    return "" if value is None else str(value)
