"""Pieces taken out again: no table shows them any more, and a query says which models saw them."""

import json

import pytest

from tests.pipeline import Pipeline

pytestmark = pytest.mark.slow

VIEWS = ("manifest", "pieces", "notes", "tracks", "events", "tokens")


def rows(pipeline: Pipeline, sql: str) -> list[list[str]]:
    _, *lines = pipeline.run("tasks.cli", "query", sql, "--csv").stdout.splitlines()
    return [line.split(",") for line in lines]


@pytest.fixture(scope="module")
def before(pipeline: Pipeline) -> list[list[str]]:
    """Piece and path of two pieces that the first model learned from."""
    return rows(pipeline, "select piece_id, path from seen_by where split = 'train' order by path limit 2")


@pytest.fixture(scope="module")
def after(pipeline: Pipeline, before: list[list[str]], tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A copy from which one of them was taken out by its digits and one by its path, and which trained again."""
    (piece_id, _), (_, path) = before
    copy = pipeline.copied(
        tmp_path_factory.mktemp("taken_out"),
        *("-S", f'ingest.exclude=["{piece_id}", "{path}"]'),
        *("-S", "tracking.experiment=again"),  # the first experiment keeps its files in the folder copied from
    )
    copy.repro("train")
    return copy


def test_no_table_shows_them(after: Pipeline, before: list[list[str]]) -> None:
    ids = ", ".join(f"'{piece_id}'" for piece_id, _ in before)
    counts = {view: rows(after, f"select count(*) from {view} where piece_id in ({ids})") for view in VIEWS}
    assert [view for view in VIEWS if counts[view] != [["0"]]] == []


def test_no_model_that_learned_from_them_is_forgotten(after: Pipeline, before: list[list[str]]) -> None:
    for piece_id, path in before:
        seen = rows(after, f"select name, version, split, path from seen_by where piece_id = '{piece_id}'")
        assert seen == [["aurl", "1", "train", path]]


def test_the_model_of_after_has_not_seen_them(after: Pipeline) -> None:
    counts = rows(after, "select version, count(*) from seen_by group by version order by version")
    assert counts == [["1", "6"], ["2", "4"]]


def test_what_a_version_saw_travels_with_it(after: Pipeline) -> None:
    kept = list((after.root / ".mlflow").rglob("model/pieces.parquet"))
    assert (after.root / "data/models/pieces.parquet").read_bytes() in [file.read_bytes() for file in kept]
    bundle = json.loads((after.root / "data/exports/bundle.json").read_text())
    assert "pieces.parquet" in bundle["files"]
