import pyarrow.parquet as pq
import pytest

from aurl_core.corpus.schema import PARSED_NOTES
from aurl_core.corpus.shards import PARSED, ShardWriter, read_scores, read_shards, shard_files, split_pieces
from aurl_core.errors import MissingError
from aurl_core.score.score import Score

from .conftest import tune


def test_pieces_come_back_in_order_whatever_the_size_of_the_sets(write_parsed):
    scores = {name: tune(seed) for seed, name in enumerate("abcd")}
    folder = write_parsed(scores, notes_per_shard=100)
    found = {row["title"]: score for row, score in read_scores(folder)}
    assert list(found) == list("abcd")
    assert all(found[name].equals(score) for name, score in scores.items())


def test_a_set_is_closed_by_the_piece_that_fills_it(write_parsed):
    folder = write_parsed({name: tune(seed) for seed, name in enumerate("abcde")}, notes_per_shard=160)
    assert [len(shard.pieces) for shard in read_shards(folder)] == [2, 2, 1]
    assert [file.name for file in shard_files(folder, "notes")] == [
        f"notes-{number:05d}.parquet" for number in range(3)
    ]


def test_the_four_tables_of_a_set_hold_the_same_pieces(write_parsed):
    folder = write_parsed({name: tune(seed) for seed, name in enumerate("abc")}, notes_per_shard=160)
    for shard in read_shards(folder):
        ids = [set(table["piece_id"].to_pylist()) for table in shard]
        assert ids[0] == ids[1] == ids[2] == ids[3]


def test_files_carry_units_and_version(write_parsed):
    schema = pq.read_schema(write_parsed({"a": tune(1)}) / "notes-00000.parquet")
    assert schema.metadata[b"schema_version"] == b"1"
    assert schema.field("onset_ticks").metadata[b"unit"] == b"ticks"


def test_no_pieces_are_still_tables(tmp_path):
    ShardWriter(tmp_path, PARSED, 100).close()
    [shard] = read_shards(tmp_path)
    assert [len(table) for table in shard] == [0, 0, 0, 0]
    assert shard.notes.schema.names == PARSED_NOTES.names
    assert list(read_scores(tmp_path)) == []


def test_a_piece_without_notes_does_not_take_its_neighbours(write_parsed):
    folder = write_parsed({"a": tune(1), "silence": Score(480), "b": tune(2)}, notes_per_shard=1000)
    [shard] = read_shards(folder)
    assert [len(tables.notes) for _, tables in split_pieces(shard)] == [80, 0, 80]


def test_an_empty_folder_names_the_way_out(tmp_path):
    with pytest.raises(MissingError, match="dvc repro"):
        shard_files(tmp_path)
