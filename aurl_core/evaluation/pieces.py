"""The pieces that are compared: read, brought through the model's vocabulary, and measured by metrics.py's list.

Real pieces are decoded from their token ids as the generated ones are, so both sides have lost the same things (meter,
the division of one instrument into voices) and no difference between them is one of notation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from aurl_core.corpus.schema import column, table_schema
from aurl_core.corpus.shards import shard_files
from aurl_core.errors import MissingError
from aurl_core.evaluation.metrics import Metric
from aurl_core.score.score import Score
from aurl_core.tokens.tokenizer import Tokenizer

Pieces = Iterable[tuple[str, Score]]
"""Each piece's id and score."""


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A generated piece: its row of samples.parquet."""

    sample_id: str
    token_ids: NDArray[np.uint16]
    row: dict[str, Any]
    """The other columns."""


@dataclass(frozen=True, slots=True, eq=False)
class PieceSet:
    """The measures of a set of pieces: for each metric by name an array (N,), nan where a piece leaves it undefined."""

    name: str
    piece_ids: tuple[str, ...]
    values: dict[str, NDArray[np.float64]]


def read_split(corpus: Path, split: str, tokenizer: Tokenizer) -> Iterator[tuple[str, Score]]:
    """The pieces of a split of the corpus, one at a time, as the tokenizer can say them."""
    for path in shard_files(corpus / f"split={split}"):
        table = pq.read_table(path, columns=["piece_id", "token_ids"], partitioning=None)
        for piece_id, token_ids in zip(table["piece_id"].to_pylist(), table["token_ids"], strict=True):
            yield piece_id, tokenizer.decode(token_ids.values.to_numpy())


def read_samples(folder: Path) -> tuple[Sample, ...]:
    """The rows of samples.parquet in their order; `MissingError` if it is not there."""
    path = folder / "samples.parquet"
    if not path.is_file():
        raise MissingError(f"{path} is not there: the generate stage has not run; run `dvc repro generate`")
    table = pq.read_table(path)
    token_ids = [row.values.to_numpy() for row in table["token_ids"]]
    rows = table.drop_columns(["token_ids"]).to_pylist()
    return tuple(Sample(row["sample_id"], ids, row) for row, ids in zip(rows, token_ids, strict=True))


def measure(name: str, pieces: Pieces, metrics: Sequence[Metric]) -> PieceSet:
    """Every metric of every piece; one piece is in memory at a time."""
    piece_ids, rows = [], []
    for piece_id, score in pieces:
        piece_ids.append(piece_id)
        rows.append([metric.measure(score) for metric in metrics])
    columns = np.array(rows, np.float64).reshape(len(rows), len(metrics)).T
    return PieceSet(name, tuple(piece_ids), dict(zip((metric.name for metric in metrics), columns, strict=True)))


def measures_table(sets: Sequence[PieceSet], metrics: Sequence[Metric]) -> pa.Table:
    """One row a piece, one column a metric, null where undefined: reports/evaluate/pieces.parquet."""
    schema = table_schema(
        column("set", pa.string(), "generated, test or validation"),
        column("piece_id", pa.string(), "sample_id of a generated piece, piece_id of a real one"),
        *(column(metric.name, pa.float64(), metric.unit) for metric in metrics),
    )
    columns = [
        [one.name for one in sets for _ in one.piece_ids],
        [piece_id for one in sets for piece_id in one.piece_ids],
        *(pa.array(np.concatenate([one.values[metric.name] for one in sets]), from_pandas=True) for metric in metrics),
    ]
    return pa.table(columns, schema=schema)
