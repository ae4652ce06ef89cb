import pyarrow.parquet as pq
import pytest

from aurl_core.chunks import SerialPool
from aurl_core.generation.params import GenerateParams
from aurl_core.generation.run import make_pieces

PARAMS = GenerateParams.model_validate(
    {
        "num_pieces": 2,
        "length": {"least_seconds": 2, "most_seconds": 10},
        "long_length": {"least_seconds": 2, "most_seconds": 10},
        "most_tokens": 200,
        "batch_size": 4,
        "num_threads": 1,
        "sampling": {},
    }
)


def made(bundle, folder, progress=lambda done, total: None):
    folder.mkdir()
    return make_pieces(
        PARAMS, folder, models=bundle / "models", corpus=bundle / "corpus", seed=1, pool=SerialPool(), progress=progress
    )


def test_a_run_leaves_a_table_and_four_files_a_piece(bundle, tmp_path):
    told = []
    figures = made(bundle, tmp_path / "out", progress=lambda done, total: told.append((done, total)))
    table = pq.read_table(tmp_path / "out" / "samples.parquet")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"samples.parquet"} | {
        f"{name}.{kind}" for name in table["sample_id"].to_pylist() for kind in ("mid", "musicxml", "wav", "svg")
    }
    assert told[-1] == (100, 100)
    assert (figures.num_pieces, figures.num_empty) == (2, 0)
    assert figures.num_tokens == sum(table["num_tokens"].to_pylist())
    assert figures.longest_seconds == pytest.approx(max(table["duration_seconds"].to_pylist()))


def test_two_runs_leave_the_same_bytes(bundle, tmp_path):
    made(bundle, tmp_path / "one")
    made(bundle, tmp_path / "two")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
