"""Which models saw which pieces, models of long ago included. What a single model saw is written by the train stage.

    data/ledger/*.parquet            pieces.parquet of every model that was trained here
    data/ledger/versions/*.parquet   which of them MLflow knows by which name and version

The ledger is no DVC out: it stays when a piece is taken out and the pipeline runs again. The catalogue shows it as
`seen_by`.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from aurl_core.corpus.schema import column, table_schema
from aurl_core.corpus.shards import write_table
from aurl_core.files import whole_file, write_whole
from aurl_core.training.seen import PIECES_FILE
from tasks.stage import Paths

LEDGER: Final = "ledger"
VERSIONS: Final = table_schema(
    column("model", pa.string(), "sha256 of model.safetensors"),
    column("name", pa.string(), "name of the registered model"),
    column("version", pa.int32(), "number of its version"),
)


def enter_model(paths: Paths, *, root: Path = Path()) -> None:
    """Enter the model in data/models; does nothing if it stands in the ledger already."""
    pieces = (root / paths.of("models") / PIECES_FILE).read_bytes()
    file = root / paths.of(LEDGER) / f"{sha256(pieces).hexdigest()[:16]}.parquet"
    if not file.exists():
        write_whole(file, pieces)


def enter_version(paths: Paths, name: str, version: int, *, root: Path = Path()) -> None:
    """Enter that MLflow knows the model in data/models as a version of `name`."""
    model = pq.read_table(root / paths.of("models") / PIECES_FILE, columns=["model"])["model"][0].as_py()
    row = pa.Table.from_pylist([{"model": model, "name": name, "version": version}], schema=VERSIONS)
    with whole_file(root / paths.of(LEDGER) / "versions" / f"{name}-{version}.parquet") as file:
        write_table(file, row)
