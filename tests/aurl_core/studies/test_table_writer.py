import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aurl_core.corpus.schema import column
from aurl_core.studies import table_writer
from aurl_core.studies.study import study_schema, study_table
from aurl_core.studies.table_writer import TableWriter

SCHEMA = study_schema(column("word", pa.dictionary(pa.int32(), pa.string()), "text"))


def rows(piece_id, *words):
    columns = {"word": list(words), "confidence": np.full(len(words), 0.5)}
    return study_table(SCHEMA, {"piece_id": piece_id}, columns)


def written(path, tables):
    writer = TableWriter(path, SCHEMA)
    for table in tables:
        writer.add(table)
    writer.close()
    return writer


def test_rows_come_back_in_order_with_their_schema(tmp_path):
    writer = written(tmp_path / "t.parquet", [rows("a", "x", "y"), rows("b", "x")])
    table = pq.read_table(tmp_path / "t.parquet")
    assert table["piece_id"].to_pylist() == ["a", "a", "b"]
    assert table["word"].to_pylist() == ["x", "y", "x"]
    assert table.schema.metadata == SCHEMA.metadata
    assert (writer.num_rows, writer.mean_confidence) == (3, 0.5)


def test_a_table_without_rows_still_gets_a_file(tmp_path):
    writer = written(tmp_path / "t.parquet", [])
    assert pq.read_table(tmp_path / "t.parquet").num_rows == 0
    assert writer.mean_confidence == 0.0


@pytest.mark.parametrize("chunk", [1, 2, 5, 9])
def test_the_bytes_do_not_depend_on_the_chunks(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(table_writer, "ROWS_PER_GROUP", 4)
    pieces = [rows(f"p{n}", "x", f"w{n}") for n in range(9)]
    together = [
        pa.concat_tables(pieces[start : start + chunk]).unify_dictionaries() for start in range(0, len(pieces), chunk)
    ]
    written(tmp_path / "one.parquet", pieces)
    written(tmp_path / "many.parquet", together)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "many.parquet").read_bytes()
    assert pq.ParquetFile(tmp_path / "one.parquet").num_row_groups == 5
