import shutil
from pathlib import Path

import pytest

from aurl_core.corpus.catalog import query
from aurl_core.training.seen import write_seen
from tasks.catalog import rebuild_catalog, refresh_catalog
from tasks.ledger import enter_model, enter_version
from tasks.stage import Paths

PATHS = Paths()


@pytest.fixture
def train(write_corpus, make_piece, tmp_path):
    """A function that leaves a model of so many pieces, and enters it."""

    def make(weights: bytes, num_pieces: int) -> None:
        shutil.rmtree(tmp_path / "corpus", ignore_errors=True)
        corpus = write_corpus({"train": [make_piece(seed) for seed in range(num_pieces)], "test": [make_piece(9)]})
        models = tmp_path / "data" / "models"
        models.mkdir(parents=True, exist_ok=True)
        (models / "model.safetensors").write_bytes(weights)
        write_seen(models, model=models / "model.safetensors", corpus=corpus)
        enter_model(PATHS, root=tmp_path)

    return make


def saw(root: Path, piece_id: str) -> list[tuple]:
    rebuild_catalog(PATHS, root=root)
    sql = f"SELECT name, version, split FROM seen_by WHERE piece_id = '{piece_id}' ORDER BY version"
    return [tuple(row.values()) for row in query(root, sql).to_pylist()]


def test_models_of_before_are_known_by_what_they_saw(train, tmp_path):
    train(b"first", 3)
    enter_version(PATHS, "aurl", 1, root=tmp_path)
    train(b"second", 2)
    enter_version(PATHS, "aurl", 2, root=tmp_path)
    assert saw(tmp_path, "train-1") == [("aurl", 1, "train"), ("aurl", 2, "train")]
    assert saw(tmp_path, "train-2") == [("aurl", 1, "train")]
    assert saw(tmp_path, "test-0") == [("aurl", 1, "test"), ("aurl", 2, "test")]


def test_a_model_that_was_never_registered_is_there_too(train, tmp_path):
    train(b"first", 1)
    train(b"second", 2)
    assert saw(tmp_path, "train-0") == [(None, None, "train")] * 2
    enter_version(PATHS, "aurl", 1, root=tmp_path)
    assert saw(tmp_path, "train-0") == [("aurl", 1, "train"), (None, None, "train")]


def test_the_same_model_again_is_one_model(train, tmp_path):
    train(b"same", 2)
    train(b"same", 2)
    enter_version(PATHS, "aurl", 1, root=tmp_path)
    enter_version(PATHS, "aurl", 2, root=tmp_path)
    assert saw(tmp_path, "train-0") == [("aurl", 1, "train"), ("aurl", 2, "train")]
    assert len(list((tmp_path / "data" / "ledger").glob("*.parquet"))) == 1


def test_a_model_from_elsewhere_is_shown_while_it_is_here(train, tmp_path):
    train(b"first", 1)
    for entered in (tmp_path / "data" / "ledger").glob("*.parquet"):
        entered.unlink()
    assert saw(tmp_path, "train-0") == [(None, None, "train")]


def test_a_query_after_a_registration_knows_of_it(train, tmp_path):
    train(b"first", 1)
    rebuild_catalog(PATHS, root=tmp_path)
    enter_version(PATHS, "aurl", 7, root=tmp_path)
    refresh_catalog(PATHS, root=tmp_path)
    assert query(tmp_path, "SELECT DISTINCT version FROM seen_by").to_pylist() == [{"version": 7}]
