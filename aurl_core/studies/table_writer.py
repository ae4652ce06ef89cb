"""Writing a study's table piecemeal, with bytes that do not depend on the pieces it came in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aurl_core.corpus.shards import write_table
from aurl_core.corpus.tables import joined

ROWS_PER_GROUP: Final = 1 << 17


@dataclass
class TableWriter:
    """Writes row groups of equal size, whatever the sizes of the tables added; counts rows and confidence."""

    path: Path
    schema: pa.Schema
    num_rows: int = 0
    _confidence: float = 0.0
    _waiting: list[pa.Table] = field(default_factory=list)
    _num_waiting: int = 0
    _file: pq.ParquetWriter | None = None

    def add(self, table: pa.Table) -> None:
        """Take rows; they are written when a row group is full."""
        self._waiting.append(table)
        self._num_waiting += len(table)
        self.num_rows += len(table)
        if self._num_waiting >= ROWS_PER_GROUP:
            self._write(ROWS_PER_GROUP)

    def close(self) -> None:
        """Write what waits; a table without rows still gets a file."""
        self._write(1)
        if self._file is None:
            write_table(self.path, joined(self.schema, ()))
        else:
            self._file.close()

    @property
    def mean_confidence(self) -> float:
        """The mean over all rows, known once the table is closed."""
        return self._confidence / self.num_rows if self.num_rows else 0.0

    def _write(self, at_least: int) -> None:
        waiting = pa.concat_tables([_plain(table) for table in (joined(self.schema, ()), *self._waiting)])
        start = 0
        while len(waiting) - start >= at_least:
            group = waiting.slice(start, ROWS_PER_GROUP).combine_chunks().cast(self.schema)
            self._file = self._file or pq.ParquetWriter(self.path, self.schema, compression="zstd")
            self._file.write_table(group, row_group_size=ROWS_PER_GROUP)
            self._confidence += pc.sum(group["confidence"]).as_py()
            start += len(group)
        self._waiting, self._num_waiting = [waiting.slice(start)], len(waiting) - start


def _plain(table: pa.Table) -> pa.Table:
    """The table with dictionaries decoded: what a dictionary holds depends on where a table was cut."""
    fields = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in table.schema]
    return table.cast(pa.schema(fields, metadata=table.schema.metadata))
