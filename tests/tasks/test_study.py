import pyarrow.parquet as pq
import pytest

from tasks.params import ClusterParams
from tasks.stage import Paths
from tasks.study import study


@pytest.fixture
def paths(tmp_path, write_corpus, make_piece):
    corpus = write_corpus({"train": [make_piece(seed, num_beats=64) for seed in range(3)]})
    (tmp_path / "data").mkdir()
    (corpus / "split=train").rename(tmp_path / "data" / "quantized")
    return Paths(data=tmp_path / "data", reports=tmp_path / "reports")


def test_three_pieces_are_studied_in_worker_processes(paths, params, caplog):
    caplog.set_level("INFO")
    cluster = ClusterParams(workers=1, chunk_size=2, chunk_timeout_seconds=60)
    report = study(params.study, paths, cluster=cluster)
    assert (report.num_pieces, report.num_failures) == (3, 0)
    assert report.num_rows["chords"] == 3 * 64
    assert sum(report.chord_qualities.values()) == pytest.approx(1.0)
    assert set(report.num_rows) == {"chords", "keys", "sections", "contours", "motifs"}
    keys = pq.read_table(paths.of("studies") / "keys.parquet")
    assert keys["piece_id"].to_pylist() == ["train-0", "train-1", "train-2"]
    assert set(report.modes) == set(keys["mode"].to_pylist())
    assert "study chords:" in caplog.text
