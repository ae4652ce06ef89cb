import pyarrow as pa
import pyarrow.parquet as pq

from aurl_core.studies.summary import value_shares


def test_shares_add_up_and_the_most_frequent_comes_first(tmp_path):
    pq.write_table(pa.table({"mode": ["minor", "major", "major", "major"]}), tmp_path / "keys.parquet")
    shares = value_shares(tmp_path / "keys.parquet", "mode")
    assert list(shares.items()) == [("major", 0.75), ("minor", 0.25)]


def test_a_study_that_was_not_run_has_no_shares(tmp_path):
    assert value_shares(tmp_path / "keys.parquet", "mode") == {}


def test_an_empty_table_has_no_shares(tmp_path):
    pq.write_table(pa.table({"mode": pa.array([], pa.string())}), tmp_path / "keys.parquet")
    assert value_shares(tmp_path / "keys.parquet", "mode") == {}
