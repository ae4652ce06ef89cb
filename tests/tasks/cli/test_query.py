"""`aurl query` prints rows of the catalogue and cannot write to it."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

Aurl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def catalogue(repository: Path) -> Path:
    """A catalogue with one view, of four notes."""
    (repository / "data").mkdir()
    with duckdb.connect(str(repository / "data" / "catalog.duckdb")) as connection:
        connection.execute("create view notes as select 60 + i as pitch, 'a,b' as name from range(4) t(i)")
    return repository


@pytest.mark.usefixtures("catalogue")
def test_rows_are_a_table(aurl: Aurl) -> None:
    code, out, _ = aurl("query", "select max(pitch) as highest from notes")

    assert code == 0
    assert [line.strip() for line in out.splitlines() if line.strip(" ─")] == ["highest", "63"]


@pytest.mark.usefixtures("catalogue")
def test_columns_without_room_side_by_side_stand_below_each_other(aurl: Aurl) -> None:
    names = [f"a_long_name_{number}" for number in range(60)]

    _, out, _ = aurl("query", f"select {', '.join(f'{number} as {name}' for number, name in enumerate(names))}")

    assert [line.split() for line in out.splitlines()][3:] == [[name, str(n)] for n, name in enumerate(names)] + [[]]


@pytest.mark.usefixtures("catalogue")
def test_rows_as_csv_and_as_json(aurl: Aurl) -> None:
    sql = "select * from notes limit 1"

    assert aurl("query", sql, "--csv")[1] == 'pitch,name\n60,"a,b"\n'
    assert json.loads(aurl("query", sql, "--json")[1]) == {"pitch": 60, "name": "a,b"}


@pytest.mark.usefixtures("catalogue")
def test_a_long_answer_is_cut_and_says_so(aurl: Aurl) -> None:
    assert "the first 200 rows" in aurl("query", "select i from range(300) t(i)")[1]


def test_it_works_from_a_folder_inside(aurl: Aurl, catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(catalogue / "data")

    assert aurl("query", "select count(*) as n from notes", "--csv")[1] == "n\n4\n"


@pytest.mark.usefixtures("catalogue")
def test_a_wrong_name_is_told_the_views(aurl: Aurl) -> None:
    code, _, err = aurl("query", "select * from nots")

    assert code == 1
    assert "The views are notes." in err


@pytest.mark.usefixtures("catalogue")
def test_nothing_can_be_written(aurl: Aurl) -> None:
    code, _, err = aurl("query", "drop view notes")

    assert code == 1
    assert "read-only" in err


def test_before_the_first_run_it_says_what_builds_the_corpus(aurl: Aurl) -> None:
    code, _, err = aurl("query", "select 1")

    assert code == 1
    assert "dvc repro" in err
