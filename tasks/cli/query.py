"""`aurl query`: SQL over the views of the catalogue."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tasks.cli.entry import enter, print_table

if TYPE_CHECKING:
    import duckdb

_SHOWN_ROWS = 200
_FETCHED_ROWS = 10_000


def query(
    sql: Annotated[str, typer.Argument(help="One statement of DuckDB's SQL")],
    as_csv: Annotated[bool, typer.Option("--csv", help="All rows, comma-separated")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="All rows, one JSON object a line")] = False,
) -> None:
    """Ask the corpus in SQL.

    The views are pieces, notes, tracks, events, tokens, rejections, repairs, chords, sections, motifs and generated;
    `aurl query "describe notes"` says what is in one.
    """
    enter()
    from tasks.params import load_params

    with open_catalogue(load_params().paths.data / "catalog.duckdb") as connection:
        result = _run(connection, sql)
        names = [column[0] for column in result.description or ()]
        if as_csv:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(names)
            writer.writerows(_rows(result))
        elif as_json:
            for row in _rows(result):
                typer.echo(json.dumps(dict(zip(names, row, strict=True)), default=str, ensure_ascii=False))
        else:
            _print_rows(result, names)


def open_catalogue(file: Path) -> duckdb.DuckDBPyConnection:
    """A connection that can only read; MissingError before the first data stage has run."""
    import duckdb

    from aurl_core.errors import MissingError

    if not file.is_file():
        raise MissingError(f"{file} is not there: the corpus has not been built yet. `aurl demo` or `dvc repro` does.")
    connection = duckdb.connect(str(file), read_only=True)
    connection.execute("set autoinstall_known_extensions = false")
    return connection


def _run(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyConnection:
    import duckdb

    from aurl_core.errors import InputError

    try:
        return connection.execute(sql)
    except duckdb.Error as error:
        views = connection.execute("select view_name from duckdb_views() where not internal order by 1").fetchall()
        raise InputError(f"{error} The views are {', '.join(name for (name,) in views)}.") from None


def _rows(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while rows := result.fetchmany(_FETCHED_ROWS):
        yield from rows


def _print_rows(result: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    rows = result.fetchmany(_SHOWN_ROWS + 1)
    numbers = {name for index, name in enumerate(names) if rows and isinstance(rows[0][index], int | float)}
    print_table(names, rows[:_SHOWN_ROWS], right=numbers)
    if len(rows) > _SHOWN_ROWS:
        typer.echo(f"the first {_SHOWN_ROWS} rows; --csv and --json print all")
