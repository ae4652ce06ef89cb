from aurl_core.corpus.catalog import query
from tasks.catalog import ensure_catalog, rebuild_catalog
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
    ensure_catalog(Paths(), root=tmp_path)
    assert query(tmp_path, "SELECT title FROM pieces").to_pylist() == [{"title": "piece"}]


def test_without_data_none_is_made(tmp_path):
    ensure_catalog(Paths(), root=tmp_path)
    assert not (tmp_path / "data").exists()
