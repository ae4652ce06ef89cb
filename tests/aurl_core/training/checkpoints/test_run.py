import struct

import pytest
import torch

from aurl_core.errors import MissingError
from aurl_core.training.checkpoints.run import run_key, state_file


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


def test_a_state_is_found_once_it_is_there(tmp_path):
    assert state_file(tmp_path) is None
    torch.save({"weight": torch.zeros(9)}, tmp_path / "last.ckpt")
    assert state_file(tmp_path) == tmp_path / "last.ckpt"


def flipped(data: bytes) -> bytes:
    """One bit of a weight is another."""
    place = data.index(struct.pack("<f", 7.0))
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@pytest.mark.parametrize("harm", [flipped, lambda data: data[:200], lambda data: b""])
def test_a_damaged_state_is_passed_over_with_a_word(tmp_path, caplog, harm):
    file = tmp_path / "last.ckpt"
    torch.save({"weight": torch.full((9,), 7.0)}, file)
    file.write_bytes(harm(file.read_bytes()))
    assert state_file(tmp_path) is None
    assert "last.ckpt is damaged" in caplog.text
