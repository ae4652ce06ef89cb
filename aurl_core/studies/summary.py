"""Figures about finished study tables, for reports. Reads one column at a time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def value_shares(table: Path, column: str) -> dict[str, float]:
    """Share of rows by value of a text column, the most frequent first; empty without the file or rows."""
    if not table.exists():
        return {}
    counts: Counter[str] = Counter()
    for batch in pq.ParquetFile(table).iter_batches(columns=[column]):
        counted = pc.value_counts(batch.column(0).cast(pa.string()))
        counts.update(dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True)))
    total = counts.total()
    return {value: count / total for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))}
