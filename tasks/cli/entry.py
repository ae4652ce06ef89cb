"""What every command begins with, and how tables look. No command lives here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tasks.environment import find_root, set_up


def enter() -> Path:
    """Work from the repository that the current folder is in; its root."""
    root = find_root()
    set_up(root)
    return root


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[str] = ()) -> None:
    """A table on stdout; the columns named in `right` are aligned there. Nothing is cut off."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table, aligned = Table(box=box.SIMPLE_HEAD, pad_edge=False), set(right)
    for name in header:
        table.add_column(name, justify="right" if name in aligned else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    Console(markup=False, highlight=False, emoji=False).print(table)


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
