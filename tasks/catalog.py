"""The catalogue: rebuilt after every stage that writes tables. It is no DVC out, since it shows whatever is there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from aurl_core.corpus import catalog
from tasks.stage import Paths

_TABLE_FOLDERS: Final = ("[!.]*", "corpus/split=*", "studies/templates", "ledger/versions")
"""A folder changes whenever a file comes into it or goes."""


def rebuild_catalog(paths: Paths, *, root: Path = Path()) -> list[str]:
    """Replace data/catalog.duckdb, and return the names of its views."""
    return catalog.rebuild_catalog(root, paths.data)


def refresh_catalog(paths: Paths, *, root: Path = Path()) -> None:
    """Replace data/catalog.duckdb if tables have come or gone since, as they do when DVC takes them out of its cache.

    Does nothing where there is no data, or no right to write.
    """
    data = root / paths.data
    folders = [folder for pattern in _TABLE_FOLDERS for folder in data.glob(pattern) if folder.is_dir()]
    changed = max((folder.stat().st_ctime_ns for folder in folders), default=0)
    file = data / catalog.CATALOG_FILE
    if folders and (not file.exists() or file.stat().st_ctime_ns < changed):
        with suppress(PermissionError):
            rebuild_catalog(paths, root=root)
