"""The quantize stage on three pieces, in worker processes."""

from pathlib import Path

import pytest

from aurl_core.corpus.shards import read_scores
from aurl_core.errors import MissingError
from tasks.params import ClusterParams, Params
from tasks.quantize import quantize
from tasks.stage import Paths

CLUSTER = ClusterParams(workers=1, chunk_size=2, chunk_timeout_seconds=60)


def test_three_pieces_are_quantized_in_worker_processes(write_parsed, make_piece, params: Params) -> None:
    parsed: Path = write_parsed({f"piece {seed}": make_piece(seed) for seed in range(3)})
    paths = Paths(data=parsed.parent)
    report = quantize(params.quantize, paths, cluster=CLUSTER)
    assert (report.num_pieces, report.num_notes, report.num_dropped_notes) == (3, 3 * 64, 0)
    assert (report.moved_share, report.max_onset_error_ms) == (0.0, 0.0)
    assert all(score.equals(make_piece(seed)) for seed, (_, score) in enumerate(read_scores(paths.of("quantized"))))


def test_a_missing_stage_leaves_nothing_behind(tmp_path: Path, params: Params) -> None:
    with pytest.raises(MissingError, match="dvc repro"):
        quantize(params.quantize, Paths(data=tmp_path), cluster=CLUSTER)
    assert list(tmp_path.iterdir()) == []
