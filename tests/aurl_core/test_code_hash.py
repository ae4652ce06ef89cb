import pytest

from aurl_core.code_hash import code_hash


def test_it_follows_the_source(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    source = tmp_path / "composing.py"
    source.write_text("a = 1")
    before = code_hash("composing")
    source.write_text("a = 2")
    assert code_hash("composing") != before


def test_an_unknown_module_is_an_error():
    with pytest.raises(ModuleNotFoundError, match=r"aurl_core\.nothing"):
        code_hash("aurl_core.nothing")
