import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aurl_core.corpus.quality.table import QUALITY, TABLE_FILE, measure_quality, write_quality_table
from aurl_core.corpus.rejections import write_rejections
from aurl_core.errors import MissingError
from aurl_core.parsing.rejection import Rejection


def test_every_piece_of_every_set_has_a_row(write_measurable, make_piece, tmp_path):
    folders = write_measurable({f"piece {seed}": make_piece(seed) for seed in range(8)})
    write_quality_table(measure_quality(*folders), tmp_path)
    table = pq.read_table(tmp_path / TABLE_FILE)
    assert table.schema.names == QUALITY.names
    assert table.schema.field("polyphony").metadata == QUALITY.field("polyphony").metadata
    assert table["path"].to_pylist() == [f"piece {seed}.mid" for seed in range(8)]
    assert table["num_notes"].to_pylist() == [64] * 8
    assert len(list(folders[0].glob("notes-*"))) > 1


def test_splits_and_clusters_are_those_of_the_corpus(write_measurable, make_piece):
    parsed, *_ = write_measurable({name: make_piece(seed) for seed, name in enumerate("abc")})
    ids = pq.read_table(parsed / "pieces-00000.parquet")["piece_id"].to_pylist()
    clusters = {
        "train": pa.table({"piece_id": ids[:2], "cluster_id": ["x", "x"]}),
        "test": pa.table({"piece_id": [], "cluster_id": []}),
    }
    folders = write_measurable({name: make_piece(seed) for seed, name in enumerate("abc")}, clusters=clusters)
    pieces = measure_quality(*folders).pieces
    assert pieces["split"].to_pylist() == ["train", "train", None]
    assert pieces["cluster_size"].to_pylist() == [2, 2, 0]


def test_repairs_are_counted_by_kind_and_by_piece(write_measurable, make_piece):
    repairs = {"piece_id": ["a", "a", "b", "a"], "note_index": [1, 2, 3, 4], "kind": ["tempo", "cut", "cut", "cut"]}
    folders = write_measurable({"a": make_piece(0)}, repairs=repairs)
    assert list(measure_quality(*folders).repairs.items()) == [("cut", (3, 2)), ("tempo", (1, 1))]


def test_measuring_twice_gives_the_same_bytes(write_measurable, make_piece, tmp_path):
    folders = write_measurable({f"piece {seed}": make_piece(seed) for seed in range(12)})
    for name in ("one", "two"):
        write_quality_table(measure_quality(*folders), tmp_path / name)
    assert (tmp_path / "one" / TABLE_FILE).read_bytes() == (tmp_path / "two" / TABLE_FILE).read_bytes()


def test_a_stage_that_has_not_run_is_named(tmp_path):
    with pytest.raises(MissingError, match=r"pieces-\*"):
        measure_quality(tmp_path, tmp_path, tmp_path)


def test_rejections_of_all_stages_are_told(write_measurable, make_piece):
    folders = write_measurable({"a": make_piece(0)}, rejections=[("x.mid", None, "not_midi", "")])
    folders[2].mkdir()
    write_rejections(folders[2], [Rejection("a.mid", "0", "timeout", "")])
    assert [row["reason"] for row in measure_quality(*folders).rejections] == ["not_midi", "timeout"]
