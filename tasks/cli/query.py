"""`aurl query`: SQL over the views of the catalogue."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tasks.cli.entry import enter, print_rows

if TYPE_CHECKING:
    import pyarrow as pa

_SHOWN_ROWS = 200


def query(
    sql: Annotated[str, typer.Argument(help="One statement of DuckDB's SQL")],
    as_csv: Annotated[bool, typer.Option("--csv", help="All rows, comma-separated")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="All rows, one JSON object a line")] = False,
) -> None:
    """Ask the corpus in SQL.

    The views are pieces, notes, tracks, events, tokens, rejections, repairs, chords, sections, motifs and generated;
    `aurl query "describe notes"` says what is in one.
    """
    root = enter()
    from aurl_core.corpus.catalog import query as ask
    from tasks.catalog import refresh_catalog
    from tasks.params import load_params

    paths = load_params().paths
    refresh_catalog(paths, root=root)
    answer = ask(root, sql, data=paths.data)
    if as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(answer.column_names)
        writer.writerows(_rows(answer))
    elif as_json:
        for row in _rows(answer):
            typer.echo(json.dumps(dict(zip(answer.column_names, row, strict=True)), default=str, ensure_ascii=False))
    else:
        _print(answer)


def _rows(answer: pa.Table) -> Iterator[tuple[Any, ...]]:
    for batch in answer.to_batches():
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _print(answer: pa.Table) -> None:
    rows = list(_rows(answer.slice(0, _SHOWN_ROWS)))
    numbers = {
        name for index, name in enumerate(answer.column_names) if rows and isinstance(rows[0][index], int | float)
    }
    print_rows(answer.column_names, rows, right=numbers)
    if len(answer) > _SHOWN_ROWS:
        typer.echo(f"the first {_SHOWN_ROWS} rows; --csv and --json print all")
