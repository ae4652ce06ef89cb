"""docs/data_format.md against the files of a real run: columns, keys, views and queries."""

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.docs.pages import codes, commands, fenced, tables
from tests.end_to_end.shell import typed
from tests.pipeline import Pipeline

pytestmark = pytest.mark.slow
PAGE = "data_format.md"
JSON_FILES = [path for path in tables(PAGE) if path.endswith(".json")]
TABLES = [path for path in tables(PAGE) if path.endswith(".parquet")]
WRITTEN = {"data": "*.parquet", "reports/evaluate": "*.parquet", "data/corpus": "*.json", "data/models": "*.json"}
VARYING = "<"
"""How a part of a key begins on the page that differs from file to file."""

Key = tuple[str, ...]


def keys_of(content: Any, above: Key = ()) -> Iterator[Key]:
    """The path of every leaf; what is empty is a leaf, and a list of mappings is `[]`."""
    if isinstance(content, dict) and content:
        for name, value in content.items():
            yield from keys_of(value, (*above, name))
    elif isinstance(content, list) and content and isinstance(content[0], dict):
        yield from keys_of(content[0], (*above, "[]"))
    else:
        yield above


def is_said(key: Key, pattern: Key, *, whole: bool = True) -> bool:
    """Does a pattern of the page stand for a key? Without `whole` it may be longer: then the key's content is empty."""
    fits = len(key) == len(pattern) if whole else len(key) < len(pattern)
    return fits and all(said in (part, "[]") or said[0] == VARYING for part, said in zip(key, pattern, strict=False))


def patterns_of(path: str) -> list[Key]:
    """The keys that the page says the files at `path` have."""
    return [tuple(code.split(".")) for row in tables(PAGE)[path] for code in codes(row[0])]


def assert_keys(content: Any, patterns: list[Key]) -> None:
    keys = list(keys_of(content))
    assert [
        key for key in keys if not any(is_said(key, one) or is_said(key, one, whole=False) for one in patterns)
    ] == []
    unseen = [one for one in patterns if not any(is_said(key, one) or is_said(key, one, whole=False) for key in keys)]
    assert unseen == []


@pytest.mark.parametrize("path", JSON_FILES)
def test_json_files_have_the_keys_of_the_page(pipeline: Pipeline, path: str) -> None:
    files = sorted(pipeline.root.glob(path))
    assert files
    for file in files:
        assert_keys(json.loads(file.read_text()), patterns_of(path))


def test_lineage_has_the_keys_of_the_page(pipeline: Pipeline) -> None:
    rows = pq.read_table(pipeline.root / "data/generated/samples.parquet")["lineage"].to_pylist()
    for lineage in rows:
        assert_keys(json.loads(lineage), patterns_of("lineage"))


@pytest.mark.parametrize("path", TABLES)
def test_tables_have_the_columns_of_the_page(pipeline: Pipeline, path: str) -> None:
    files = sorted(pipeline.root.glob(path))
    expected = [code for row in tables(PAGE)[path] for code in codes(row[0])]
    assert files
    for file in files:
        found = pq.read_schema(file)
        assert found.names[-len(expected) :] == expected
        assert found.metadata[b"schema_version"] == b"2"


def test_every_file_of_the_stages_is_on_the_page(pipeline: Pipeline) -> None:
    known = {file for path in tables(PAGE) for file in pipeline.root.glob(path)}
    written = {file for folder, kind in WRITTEN.items() for file in (pipeline.root / folder).rglob(kind)}
    assert sorted(file.relative_to(pipeline.root).as_posix() for file in written - known) == []


def test_the_views_are_those_of_the_page(pipeline: Pipeline) -> None:
    with duckdb.connect(pipeline.root / "data/catalog.duckdb", read_only=True) as connection:
        found = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    said = [code for row in tables(PAGE)["data/catalog.duckdb"] for code in codes(row[0])]
    assert sorted(name for (name,) in found) == sorted(said)


@pytest.mark.parametrize("sql", fenced(PAGE, "sql"))
def test_the_queries_of_the_page_answer(pipeline: Pipeline, sql: str) -> None:
    done = pipeline.run("tasks.cli", "query", sql, "--csv")
    assert len(done.stdout.splitlines()) > 1


@pytest.mark.parametrize("command", commands(PAGE))
def test_the_commands_of_the_page_work(pipeline: Pipeline, command: str) -> None:
    assert typed(pipeline, command).returncode == 0
