import pytest

from aurl_core.sums import faults
from aurl_core.training.checkpoints.record import read_record
from aurl_core.training.trainer import fit


@pytest.fixture
def train(small_corpus, tmp_path):
    def run(recipe):
        fit(recipe, small_corpus, checkpoints=tmp_path / "run", cache=tmp_path / "cache", progress=lambda *_: None)
        return sorted(path for path in (tmp_path / "run").iterdir())

    return run


def test_each_leg_leaves_a_whole_state_and_what_is_known_of_it(train, make_recipe):
    kept = train(make_recipe(checkpoints={"every_tokens": 256, "keep_last": 4, "compression": "zstd"}))
    assert [path.name for path in kept] == [f"step-{step:09d}" for step in (2, 4, 6, 8)]
    assert [faults(path) for path in kept] == [[]] * 4
    assert sorted(file.name for file in kept[0].iterdir()) == ["SHA256SUMS", "checkpoint.json", "state.ckpt.zst"]
    records = [read_record(path) for path in kept]
    assert [record.tokens_seen for record in records] == [256, 512, 768, 1024]
    assert ["validation_nats_per_token" in record.figures for record in records] == [False, True, False, True]


def test_the_same_training_leaves_the_same_bytes(train, make_recipe, tmp_path):
    first = [(path / "SHA256SUMS").read_bytes() for path in train(make_recipe())]
    (tmp_path / "run").rename(tmp_path / "before")
    assert [(path / "SHA256SUMS").read_bytes() for path in train(make_recipe())] == first
