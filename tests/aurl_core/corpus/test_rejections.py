import pyarrow.parquet as pq

from aurl_core.corpus.rejections import REJECTIONS_FILE, count_by_reason, read_rejections, write_rejections
from aurl_core.corpus.schema import REJECTIONS
from aurl_core.parsing.rejection import REMEDIES, Rejection

FOUND = [Rejection("b.mid", "0123", "no_notes", "nothing"), Rejection("a.mid", None, "unreadable", "no such file")]


def test_rejections_come_back_in_their_order(tmp_path):
    write_rejections(tmp_path, FOUND)
    assert read_rejections(tmp_path) == FOUND


def test_the_table_says_what_to_do(tmp_path):
    write_rejections(tmp_path, FOUND)
    table = pq.read_table(tmp_path / REJECTIONS_FILE)
    assert table.schema.equals(REJECTIONS, check_metadata=True)
    assert table["remedy"].to_pylist() == [REMEDIES["no_notes"], REMEDIES["unreadable"]]


def test_a_folder_without_the_table_has_no_rejections(tmp_path):
    assert read_rejections(tmp_path) == []


def test_reasons_are_counted():
    assert count_by_reason([*FOUND, FOUND[0]]) == {"no_notes": 2, "unreadable": 1}
