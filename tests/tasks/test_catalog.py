from aurl_core.corpus.catalog import query
from tasks.catalog import rebuild_catalog
from tasks.stage import Paths


def test_the_catalogue_shows_what_is_there(write_parsed, make_piece, tmp_path, monkeypatch):
    write_parsed({"piece": make_piece(1)})
    monkeypatch.chdir(tmp_path)
    assert "pieces" in rebuild_catalog(Paths())
    assert query(tmp_path, "SELECT title FROM pieces").to_pylist() == [{"title": "piece"}]


def test_before_the_first_stage_it_is_empty(tmp_path):
    assert rebuild_catalog(Paths(), root=tmp_path) == []
    assert (tmp_path / "data" / "catalog.duckdb").exists()
