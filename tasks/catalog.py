"""The catalogue: rebuilt after every stage that writes tables. It is no DVC out, since it shows whatever is there."""

from __future__ import annotations

from pathlib import Path

from aurl_core.corpus import catalog
from tasks.stage import Paths


def rebuild_catalog(paths: Paths, *, root: Path = Path()) -> list[str]:
    """Replace data/catalog.duckdb, and return the names of its views."""
    return catalog.rebuild_catalog(root, paths.data)


def ensure_catalog(paths: Paths, *, root: Path = Path()) -> None:
    """Write data/catalog.duckdb if there are tables and no catalogue: what DVC takes out of its cache comes without."""
    data = root / paths.data
    if not (data / catalog.CATALOG_FILE).exists() and any(data.rglob("*.parquet")):
        rebuild_catalog(paths, root=root)
