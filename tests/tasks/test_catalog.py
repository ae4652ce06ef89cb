from aurl_core.corpus.catalog import query
from tasks.catalog import rebuild_catalog, refresh_catalog
from tasks.stage import Paths


def test_the_catalogue_shows_what_is_there(write_parsed, make_piece, tmp_path, monkeypatch):
    write_parsed({"piece": make_piece(1)})
    monkeypatch.chdir(tmp_path)
    assert "pieces" in rebuild_catalog(Paths())
    assert query(tmp_path, "SELECT title FROM pieces").to_pylist() == [{"title": "piece"}]


def test_before_the_first_stage_it_is_empty(tmp_path):
    assert rebuild_catalog(Paths(), root=tmp_path) == []
    assert (tmp_path / "data" / "catalog.duckdb").exists()


def test_data_without_a_catalogue_gets_one(write_parsed, make_piece, tmp_path):
    write_parsed({"piece": make_piece(1)})
    refresh_catalog(Paths(), root=tmp_path)
    assert query(tmp_path, "SELECT title FROM pieces").to_pylist() == [{"title": "piece"}]


def test_tables_that_came_back_are_shown_and_nothing_is_written_twice(write_parsed, make_piece, tmp_path):
    parsed = write_parsed({"piece": make_piece(1)})
    parsed.rename(tmp_path / "elsewhere")
    rebuild_catalog(Paths(), root=tmp_path)
    (tmp_path / "elsewhere").rename(parsed)
    refresh_catalog(Paths(), root=tmp_path)
    assert query(tmp_path, "SELECT title FROM pieces").to_pylist() == [{"title": "piece"}]
    before = (tmp_path / "data" / "catalog.duckdb").stat().st_ino
    refresh_catalog(Paths(), root=tmp_path)
    assert (tmp_path / "data" / "catalog.duckdb").stat().st_ino == before


def test_without_data_none_is_made(tmp_path):
    refresh_catalog(Paths(), root=tmp_path)
    assert not (tmp_path / "data").exists()
