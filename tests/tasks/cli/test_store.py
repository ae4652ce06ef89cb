"""`aurl store` says what is remembered, and forgets it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from aurl_core.corpus.store import Store, key_of

Aurl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def filled(repository: Path) -> Store:
    """The store of a repository, with three conversions."""
    with Store(repository / ".aurl/store") as store:
        store.put("conversions", {key_of(name): name.encode() for name in "abc"})
    return store


def test_stats_count_results_by_kind(aurl: Aurl, filled: Store) -> None:
    code, out, _ = aurl("store", "stats")

    assert code == 0
    [row] = [line.split() for line in out.splitlines() if "conversions" in line]
    assert row[1:3] == ["3", "1"]
    assert "of at most 16 GB" in out


def test_clear_forgets_everything(aurl: Aurl, filled: Store) -> None:
    code, out, _ = aurl("store", "clear")

    assert code == 0
    assert "forgotten" in out
    assert filled.statistics() == {}
