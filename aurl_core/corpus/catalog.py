"""The DuckDB catalogue: views over the Parquet files that exist, and read-only queries of them. It holds no data.

Paths in the views are relative to the repository root, so the repository can be moved; `query` works from any folder,
`duckdb data/catalog.duckdb` from the root.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager, suppress
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from aurl_core.corpus.shards import TABLES
from aurl_core.errors import InputError, MissingError
from aurl_core.files import whole_file

CATALOG_FILE: Final = "catalog.duckdb"
_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_WIDER: Final = {
    pa.uint8(): "INTEGER",
    pa.uint16(): "INTEGER",
    pa.int8(): "INTEGER",
    pa.int16(): "INTEGER",
    pa.uint32(): "INTEGER",
}
"""What small columns become, so that SQL can subtract them."""
_CORPUS: Final = "corpus/split=*"
_PIECE_FOLDERS: Final = (_CORPUS, "quantized", "parsed")
"""Where pieces, notes, tracks and events are, the stage that knows most about them first."""
_VIEWS: Final = {
    "manifest": ("raw/manifest.parquet",),
    "rejections": ("parsed/rejections.parquet", "quantized/rejections.parquet", "corpus/rejections.parquet"),
    "repairs": ("parsed/repairs-*.parquet",),
    "quality": ("quality/pieces.parquet",),
    "generated": ("generated/samples.parquet",),
    "study_rejections": ("studies/rejections.parquet",),
}
"""Where the rows of a view are; the other tables of data/studies get the names of their files."""


def rebuild_catalog(root: Path, data: Path = Path("data")) -> list[str]:
    """Replace `data`/catalog.duckdb by views over the files that are there now, and return the views' names.

    `data` is relative to the repository's `root`. A stage that has not run leaves out its views, nothing else.
    """
    views = dict(_views(root, data))
    with whole_file(root / data / CATALOG_FILE) as file, _connected(file, root) as connection:
        for name, select in views.items():
            connection.execute(f'CREATE VIEW "{name}" AS {select}')
    return list(views)


def query(root: Path, sql: str, *, data: Path = Path("data")) -> pa.Table:
    """The rows of one SQL statement over the views, from any folder.

    A statement without rows gives a table without columns. `MissingError` if there is no catalogue yet; `InputError` if
    DuckDB refuses the statement.
    """
    file = root / data / CATALOG_FILE
    if not file.exists():
        raise MissingError(f"{file} does not exist; every data stage writes it: `dvc repro parse` is enough")
    try:
        with _connected(file, root, read_only=True) as connection:
            return _answer(connection, sql)
    except duckdb.IOException as error:
        raise InputError(
            f"{file} is no catalogue that DuckDB can open ({error}); delete it, it holds no data: `aurl query` writes "
            "it anew"
        ) from error


def _answer(connection: duckdb.DuckDBPyConnection, sql: str) -> pa.Table:
    try:
        answer = connection.sql(sql)
        return pa.table({}) if answer is None else _with_plain_integers(answer.to_arrow_table())
    except duckdb.Error as error:
        names = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1").fetchall()
        views = ", ".join(name for (name,) in names)
        raise InputError(f"{sql!r} cannot be answered: {str(error).rstrip('.')}. The views are {views}.") from error


def _with_plain_integers(table: pa.Table) -> pa.Table:
    """DuckDB's sums of integers have 128 bits, which Python would read as decimals; those that fit become 64 bits."""
    for place, field in enumerate(table.schema):
        if pa.types.is_decimal(field.type) and field.type.scale == 0:
            with suppress(pa.ArrowInvalid):
                table = table.set_column(place, field.name, table[place].cast(pa.int64()))
    return table


@contextmanager
def _connected(file: Path, root: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection, with `root` as the current folder: there DuckDB looks for the views' files."""
    file = file.resolve()
    with chdir(root), duckdb.connect(file, read_only=read_only, config=_CONFIG) as connection:
        yield connection


def _views(root: Path, data: Path) -> Iterator[tuple[str, str]]:
    """Name and SELECT of each view that has files."""
    base = root / data
    folder = next((name for name in _PIECE_FOLDERS if any(base.glob(f"{name}/pieces-*.parquet"))), None)
    if folder:
        for table in TABLES:
            yield table, _select(base, data, [f"{folder}/{table}-*.parquet"])
    if folder == _CORPUS:
        pieces, vocabulary = data / _CORPUS / "pieces-*.parquet", data / "corpus" / "vocabulary.json"
        yield "tokens", _TOKENS.format(pieces=pieces.as_posix(), vocabulary=vocabulary.as_posix())
    for name, patterns in _VIEWS.items():
        if there := [pattern for pattern in patterns if any(base.glob(pattern))]:
            yield name, _select(base, data, there)
    if seen := [data / pattern for pattern in _SEEN if any(base.glob(pattern))]:
        yield "seen_by", _seen_by(seen, data / _VERSIONS if any(base.glob(_VERSIONS)) else None)
    studies = sorted((base / "studies").rglob("*.parquet"))
    for path in (path for path in studies if path.stem not in _VIEWS):
        yield path.stem, _select(base, data, [path.relative_to(base).as_posix()])


_SEEN: Final = ("ledger/*.parquet", "models/pieces.parquet")
"""Which pieces models saw: all that were trained here, and the one that lies here now."""
_VERSIONS: Final = "ledger/versions/*.parquet"
"""Under which names and versions MLflow knows them."""
_NO_VERSIONS: Final = "(SELECT NULL::VARCHAR AS model, NULL::VARCHAR AS name, NULL::INTEGER AS version)"


def _seen_by(seen: list[Path], versions: Path | None) -> str:
    """Model, the name and version of it (null for one that is not registered), split, piece_id and path."""
    files = ", ".join(f"'{path.as_posix()}'" for path in seen)
    pieces = f"(SELECT DISTINCT model, split, piece_id, path FROM read_parquet([{files}]))"
    known = f"read_parquet('{versions.as_posix()}')" if versions else _NO_VERSIONS
    return f"SELECT model, name, version, split, piece_id, path FROM {pieces} LEFT JOIN {known} USING (model)"


_TOKENS: Final = """
    SELECT piece_id, split, position - 1 AS position, token_id, names[token_id + 1] AS token
    FROM (
        SELECT piece_id, split, unnest(token_ids)::INTEGER AS token_id, generate_subscripts(token_ids, 1) AS position
        FROM read_parquet('{pieces}', hive_partitioning = true)
    ), (SELECT tokens AS names FROM read_json('{vocabulary}', columns = {{tokens: 'VARCHAR[]'}}))
"""


def _select(base: Path, data: Path, patterns: Sequence[str]) -> str:
    """All columns of the files of some patterns, small ones widened; of token ids only their number."""
    schema = pq.read_schema(min(base.glob(patterns[0])))
    columns = [_column(field) for field in schema if field.name != "token_ids"]
    if "token_ids" in schema.names and "num_tokens" not in schema.names:
        columns.append("len(token_ids)::INTEGER AS num_tokens")
    is_split = "split=" in patterns[0]
    files = ", ".join(f"'{(data / pattern).as_posix()}'" for pattern in patterns)
    return (
        f"SELECT {', '.join([*columns, 'split'] if is_split else columns)} "
        f"FROM read_parquet([{files}], hive_partitioning = {str(is_split).lower()})"
    )


def _column(field: pa.Field) -> str:
    wider = _WIDER.get(field.type)
    return f'"{field.name}"::{wider} AS "{field.name}"' if wider else f'"{field.name}"'
