"""The table of rejections: written by ingest and parse, read by parse and by whoever asks what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from aurl_core.corpus.schema import REJECTIONS
from aurl_core.corpus.shards import write_table
from aurl_core.corpus.tables import table_of
from aurl_core.parsing.rejection import Rejection

REJECTIONS_FILE: Final = "rejections.parquet"


def write_rejections(folder: Path, rejections: Sequence[Rejection]) -> None:
    """Write one row a rejection, in the order given."""
    columns = {name: [getattr(one, name) for one in rejections] for name in REJECTIONS.names}
    write_table(folder / REJECTIONS_FILE, table_of(REJECTIONS, columns))


def read_rejections(folder: Path) -> list[Rejection]:
    """The rejections in a folder; none if it has no such file."""
    file = folder / REJECTIONS_FILE
    if not file.exists():
        return []
    rows = pq.ParquetFile(file).read(columns=["path", "piece_id", "reason", "detail"]).to_pylist()
    return [Rejection(**row) for row in rows]


def count_by_reason(rejections: Iterable[Rejection]) -> dict[str, int]:
    """How many files were rejected for each reason, the reasons in alphabetical order."""
    return dict(sorted(Counter(one.reason for one in rejections).items()))
