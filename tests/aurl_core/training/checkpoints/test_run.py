import pytest

from aurl_core.errors import InputError, MissingError
from aurl_core.training.checkpoints.run import begin_run, forget_finished, identity_of, mark_finished, read_identity


@pytest.fixture
def corpus(tmp_path):
    (tmp_path / "manifest.json").write_text("one")
    return tmp_path


def key(corpus, settings) -> str:
    return identity_of(corpus, settings).key


def test_the_same_run_has_the_same_key(corpus):
    assert key(corpus, {"a": 1, "b": 2}) == key(corpus, {"b": 2, "a": 1})


def test_another_setting_or_corpus_is_another_run(corpus):
    first = key(corpus, {"a": 1})
    assert key(corpus, {"a": 2}) != first
    (corpus / "manifest.json").write_text("two")
    assert key(corpus, {"a": 1}) != first


def test_without_a_corpus_there_is_no_key(tmp_path):
    with pytest.raises(MissingError, match="dvc repro shard"):
        key(tmp_path, {})


def test_finished_runs_make_room_and_killed_ones_stay(tmp_path):
    for name in ("now", "finished", "killed"):
        (tmp_path / name).mkdir()
    mark_finished(tmp_path / "finished")
    mark_finished(tmp_path / "now")
    forget_finished(tmp_path, but=tmp_path / "now")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["killed", "now"]


def test_what_a_run_depends_on_is_noted_with_its_vocabulary(corpus, tmp_path):
    (corpus / "vocabulary.json").write_text("{}")
    identity = identity_of(corpus, {"seed": 1, "train": {"range": (1, 0.1)}})
    begin_run(tmp_path / "run", identity, corpus=corpus)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["run.json", "vocabulary.json"]
    assert read_identity(tmp_path / "run").key == identity.key


@pytest.mark.parametrize(
    ("text", "said"), [("{", "damaged"), ("[]", "damaged"), ('{"format_version": 7}', "version 7")]
)
def test_a_run_that_cannot_be_read_is_said(tmp_path, text, said):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(InputError, match=said):
        read_identity(tmp_path)
