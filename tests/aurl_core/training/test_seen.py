from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aurl_core.errors import MissingError
from aurl_core.training.seen import SEEN, write_seen


@pytest.fixture
def model(tmp_path):
    (tmp_path / "weights").write_bytes(b"weights")
    return tmp_path / "weights"


def test_every_piece_of_every_split_is_told_of(model, small_corpus, tmp_path):
    write_seen(tmp_path, model=model, corpus=small_corpus)
    table = pq.read_table(tmp_path / "pieces.parquet")
    seen = {row["piece_id"]: (row["split"], row["path"]) for row in table.to_pylist()}
    assert len(seen) == len(table) == 12
    assert [split for split, _ in seen.values()].count("train") == 8
    assert seen["test-1"] == ("test", "x.mid")
    assert set(table["model"].to_pylist()) == {sha256(b"weights").hexdigest()}


def test_the_file_explains_itself(model, small_corpus, tmp_path):
    write_seen(tmp_path, model=model, corpus=small_corpus)
    assert pq.read_schema(tmp_path / "pieces.parquet").equals(SEEN, check_metadata=True)


def test_without_a_corpus_it_is_said(model, tmp_path):
    (tmp_path / "corpus" / "split=train").mkdir(parents=True)
    with pytest.raises(MissingError, match="dvc repro"):
        write_seen(tmp_path, model=model, corpus=tmp_path / "corpus")


def test_what_the_model_before_had_seen_this_one_has_seen_too(model, small_corpus, tmp_path):
    before = tmp_path / "base"
    before.mkdir()
    write_seen(before, model=model, corpus=small_corpus)
    rows = pq.read_table(before / "pieces.parquet").to_pylist()
    ids = {row["piece_id"] for row in rows}
    rows[0] |= {"piece_id": "old", "model": "another"}
    pq.write_table(pa.Table.from_pylist(rows, schema=SEEN), before / "pieces.parquet")
    write_seen(tmp_path, model=model, corpus=small_corpus, before=[before])
    table = pq.read_table(tmp_path / "pieces.parquet")
    assert table.schema.equals(SEEN, check_metadata=True)
    assert {row["piece_id"] for row in table.to_pylist()} - ids == {"old"}
    assert len(table) == 13
    assert set(table["model"].to_pylist()) == {sha256(b"weights").hexdigest()}


def test_a_bundle_that_does_not_say_what_it_saw_is_named(model, small_corpus, tmp_path):
    with pytest.raises(MissingError, match=r"pieces\.parquet is missing: .* copy the whole bundle"):
        write_seen(tmp_path, model=model, corpus=small_corpus, before=[tmp_path / "base"])
