import pytest

from aurl_core.errors import MissingError
from aurl_core.training.checkpoints.run import forget_finished, mark_finished, run_key


@pytest.fixture
def corpus(tmp_path):
    (tmp_path / "manifest.json").write_text("one")
    return tmp_path


def test_the_same_run_has_the_same_key(corpus):
    assert run_key(corpus, {"a": 1, "b": 2}) == run_key(corpus, {"b": 2, "a": 1})


def test_another_setting_or_corpus_is_another_run(corpus):
    first = run_key(corpus, {"a": 1})
    assert run_key(corpus, {"a": 2}) != first
    (corpus / "manifest.json").write_text("two")
    assert run_key(corpus, {"a": 1}) != first


def test_without_a_corpus_there_is_no_key(tmp_path):
    with pytest.raises(MissingError, match="dvc repro shard"):
        run_key(tmp_path, {})


def test_finished_runs_make_room_and_killed_ones_stay(tmp_path):
    for name in ("now", "finished", "killed"):
        (tmp_path / name).mkdir()
    mark_finished(tmp_path / "finished")
    mark_finished(tmp_path / "now")
    forget_finished(tmp_path, but=tmp_path / "now")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["killed", "now"]
