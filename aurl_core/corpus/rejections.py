"""The table of rejections: written by ingest and parse, read by parse and by whoever asks what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from aurl_core.corpus.schema import REJECTIONS
from aurl_core.corpus.tables import table_of
from aurl_core.parsing.rejection import Rejection

REJECTIONS_FILE: Final = "rejections.parquet"


def rejections_table(rejections: Sequence[Rejection]) -> pa.Table:
    """One row a rejection, in the order given."""
    names = REJECTIONS.names
    return table_of(REJECTIONS, {name: pa.array([getattr(r, name) for r in rejections], pa.string()) for name in names})


def read_rejections(folder: Path) -> list[Rejection]:
    """The rejections in a folder; none if it has no such file."""
    file = folder / REJECTIONS_FILE
    if not file.exists():
        return []
    rows = pq.read_table(file, columns=["path", "piece_id", "reason", "detail"]).to_pylist()
    return [Rejection(**row) for row in rows]


def count_by_reason(rejections: Sequence[Rejection]) -> dict[str, int]:
    """How many files were rejected for each reason, reasons in alphabetical order."""
    reasons = [rejection.reason for rejection in rejections]
    return {reason: reasons.count(reason) for reason in sorted(set(reasons))}
