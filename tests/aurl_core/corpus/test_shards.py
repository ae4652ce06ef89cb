import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aurl_core.corpus.parsed import parsed_tables
from aurl_core.corpus.schema import PARSED_NOTES
from aurl_core.corpus.shards import read_scores, read_shards, shard_files, write_set
from aurl_core.corpus.tables import repeated
from aurl_core.errors import MissingError
from aurl_core.score.score import Score

from .conftest import tune


def test_pieces_come_back_in_order_whatever_the_size_of_the_sets(write_parsed):
    scores = {name: tune(seed) for seed, name in enumerate("abcd")}
    folder = write_parsed(scores, notes_per_shard=100)
    found = {row["title"]: score for row, score in read_scores(folder)}
    assert list(found) == list("abcd")
    assert all(found[name].equals(score) for name, score in scores.items())


def test_the_four_tables_of_a_set_hold_the_same_pieces(write_parsed):
    folder = write_parsed({name: tune(seed) for seed, name in enumerate("abc")}, notes_per_shard=160)
    for shard in read_shards(folder):
        ids = [set(table["piece_id"].to_pylist()) for table in shard]
        assert ids[0] == ids[1] == ids[2] == ids[3]


def test_files_carry_units_and_version(write_parsed):
    schema = pq.read_schema(write_parsed({"a": tune(1)}) / "notes-00000.parquet")
    assert schema.metadata[b"schema_version"] == b"2"
    assert schema.field("onset_ticks").metadata[b"unit"] == b"ticks"


def test_no_pieces_are_still_tables(tmp_path):
    write_set(tmp_path, 0, parsed_tables([]))
    [shard] = read_shards(tmp_path)
    assert [len(table) for table in shard] == [0, 0, 0, 0]
    assert shard.notes.schema.names == PARSED_NOTES.names
    assert list(read_scores(tmp_path)) == []


def test_a_piece_without_notes_does_not_take_its_neighbours(write_parsed):
    folder = write_parsed({"a": tune(1), "silence": Score(480), "b": tune(2)}, notes_per_shard=1000)
    assert [len(score.notes) for _, score in read_scores(folder)] == [80, 0, 80]


def test_an_empty_folder_names_the_way_out(tmp_path):
    with pytest.raises(MissingError, match="dvc repro"):
        shard_files(tmp_path)


def test_dictionaries_hold_what_occurs_in_order_of_occurrence(tmp_path):
    kind = pa.dictionary(pa.int32(), pa.string())
    ids = pa.chunked_array([pa.array(["b", "a"], kind), pa.array(["x", "a", "c"], kind).slice(1)])
    write_set(tmp_path, 0, {"pieces": pa.table({"piece_id": ids})})
    column = pq.read_table(tmp_path / "pieces-00000.parquet")["piece_id"].chunk(0)
    assert (column.to_pylist(), column.dictionary.to_pylist()) == (["b", "a", "a", "c"], ["b", "a", "c"])


def test_numbers_are_not_written_as_dictionaries(write_parsed):
    group = pq.ParquetFile(write_parsed({"a": tune(1)}) / "notes-00000.parquet").metadata.row_group(0)
    columns = {group.column(place).path_in_schema: group.column(place) for place in range(group.num_columns)}
    assert [name for name, column in columns.items() if column.has_dictionary_page] == ["piece_id"]
    assert all(column.is_stats_set and column.compression == "ZSTD" for column in columns.values())


def test_a_query_for_one_piece_reads_no_group_without_it(tmp_path):
    names = [f"{number:04}" for number in range(60)]
    table = pa.table({"piece_id": repeated(names, [5000] * 60), "pitch": np.zeros(300_000, np.uint8)})
    write_set(tmp_path, 0, {"notes": table})
    group = pq.ParquetFile(tmp_path / "notes-00000.parquet").metadata.row_group(2)
    assert group.num_rows < 1 << 17
    told = duckdb.sql(
        f"SELECT bloom_filter_excludes FROM parquet_bloom_probe('{tmp_path}/notes-00000.parquet', 'piece_id', '0059')"
    ).fetchall()
    assert told == [(True,), (True,), (False,)]
