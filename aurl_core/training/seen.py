"""pieces.parquet of a model bundle: which pieces a model was made with, so that each can be answered for."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from aurl_core.corpus.arrays import array_of
from aurl_core.corpus.schema import column, table_schema
from aurl_core.corpus.shards import shard_files, write_table
from aurl_core.errors import MissingError

PIECES_FILE: Final = "pieces.parquet"
SEEN: Final = table_schema(
    column("model", pa.dictionary(pa.int32(), pa.string()), "sha256 of model.safetensors"),
    column("piece_id", pa.string(), "first 16 hex digits of sha256 of the source bytes"),
    column("split", pa.dictionary(pa.int32(), pa.string()), "train: learned from; validation, test: measured on"),
    column("path", pa.string(), "path relative to the source folder, forward slashes"),
)


def write_seen(folder: Path, *, model: Path, corpus: Path, before: Sequence[Path] = ()) -> None:
    """Write pieces.parquet into `folder`: every piece of the corpus's splits, for the weights in the file `model`.

    A piece of the training split counts as learned from even if the budget ended before its turn came. What the models
    in the folders `before` saw, from which these weights come, they have seen too.
    """
    with model.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    splits = sorted(corpus.glob("split=*"))
    tables = [_rows(split, digest) for split in splits]
    tables += [_inherited(bundle / PIECES_FILE, digest) for bundle in before]
    rows = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    write_table(folder / PIECES_FILE, _once(rows) if before else rows)


def _inherited(file: Path, digest: str) -> pa.Table:
    if not file.is_file():
        raise MissingError(f"{file} is missing: which pieces that model has seen cannot be told; copy the whole bundle")
    table = pq.read_table(file)
    model = array_of([digest] * len(table), pa.string()).dictionary_encode()
    return table.set_column(0, SEEN.field("model"), model).cast(SEEN)


def _once(rows: pa.Table) -> pa.Table:
    """Each piece once a split, where it stands first."""
    keys = rows.select(["piece_id", "split"]).to_pylist()
    first = {(key["piece_id"], key["split"]): place for place, key in reversed(list(enumerate(keys)))}
    return rows.take(sorted(first.values()))


def _rows(split: Path, digest: str) -> pa.Table:
    read = [pq.read_table(file, columns=["piece_id", "path"], partitioning=None) for file in shard_files(split)]
    pieces = pa.concat_tables(read).cast(pa.schema([SEEN.field("piece_id"), SEEN.field("path")]))
    columns = {
        "model": array_of([digest] * len(pieces), pa.string()).dictionary_encode(),
        "piece_id": pieces["piece_id"],
        "split": array_of([split.name.removeprefix("split=")] * len(pieces), pa.string()).dictionary_encode(),
        "path": pieces["path"],
    }
    return pa.table(columns, schema=SEEN)
