"""The shard stage on a few pieces, in worker processes."""

import json
from pathlib import Path

import pyarrow.parquet as pq

from aurl_core.tokens.tokenizer import load_tokenizer
from tasks.params import ClusterParams, Params
from tasks.quantize import quantize
from tasks.shard import ShardReport, shard
from tasks.stage import Paths

CLUSTER = ClusterParams(workers=1, chunk_size=2, chunk_timeout_seconds=60)


def test_pieces_are_sharded_in_worker_processes(write_parsed, make_piece, params: Params) -> None:
    parsed: Path = write_parsed({f"piece {seed}": make_piece(seed) for seed in range(6)})
    paths = Paths(data=parsed.parent, reports=parsed.parent / "reports", store=parsed.parent / "store")
    quantize(params.quantize, paths, cluster=CLUSTER)
    report = shard(params.shard, paths, cluster=CLUSTER)
    assert sum(split.num_pieces for split in report.splits.values()) == report.num_pieces == 6
    assert all(split.num_pieces for split in report.splits.values()), "no split of a small corpus is empty"
    assert load_tokenizer(paths.of("corpus") / "vocabulary.json").vocabulary.hash == report.vocabulary_hash
    manifest = json.loads((paths.of("corpus") / "manifest.json").read_text())
    assert manifest["num_tokens"] == report.num_tokens
    assert pq.read_table(paths.of("quality") / "pieces.parquet")["split"].to_pylist().count("train") >= 1
    assert (paths.reports / "shard" / "quality.html").exists()
    assert ShardReport.model_validate_json(report.model_dump_json()) == report
