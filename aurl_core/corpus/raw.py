"""data/raw: the manifest that ingest writes and parse reads. How files get there is ingested.py's business."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from aurl_core.corpus.schema import MANIFEST
from aurl_core.corpus.shards import write_table
from aurl_core.corpus.tables import table_of
from aurl_core.errors import MissingError

MANIFEST_FILE: Final = "manifest.parquet"

ManifestRow = dict[str, Any]
"""A row of `MANIFEST` by column name."""


def write_manifest(folder: Path, rows: Sequence[ManifestRow]) -> None:
    """Write the manifest: a row a source, in the order given."""
    write_table(folder / MANIFEST_FILE, table_of(MANIFEST, {n: [row[n] for row in rows] for n in MANIFEST.names}))


def read_manifest(folder: Path) -> list[ManifestRow]:
    """The rows of the manifest in `folder`; MissingError if ingest has not written one."""
    file = folder / MANIFEST_FILE
    if not file.exists():
        raise MissingError(f"{file} does not exist: ingest, which writes it, has not run; run `dvc repro`")
    rows: list[ManifestRow] = pq.ParquetFile(file).read().to_pylist()
    return rows
