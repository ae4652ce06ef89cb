"""`aurl params` writes, shows and compares."""

from collections.abc import Callable
from pathlib import Path

from tasks.params import load_params

Aurl = Callable[..., tuple[int, str, str]]


def test_use_writes_and_tells_what_changed(aurl: Aurl, repository: Path) -> None:
    code, out, _ = aurl("params", "use", "base", "-S", "seed=1e3")

    assert (code, out) == (0, "seed: 2026 → 1000\n")
    assert load_params(repository / "params.yaml").seed == 1000


def test_use_says_when_nothing_changes(aurl: Aurl) -> None:
    assert aurl("params", "use", "base")[1] == "params.yaml stays as it is\n"


def test_diff_changes_nothing(aurl: Aurl, repository: Path) -> None:
    _, out, _ = aurl("params", "diff", "base", "-S", "seed=7")

    assert out == "seed: 2026 → 7\n"
    assert load_params(repository / "params.yaml").seed == 2026


def test_show_prints_one_setting_a_section_or_all(aurl: Aurl) -> None:
    assert aurl("params", "show", "seed")[1] == "seed: 2026\n"
    assert aurl("params", "show", "paths")[1].startswith("paths.data: data\n")
    assert len(aurl("params", "show")[1].splitlines()) > 60


def test_a_setting_that_is_none_is_told_so(aurl: Aurl) -> None:
    code, _, err = aurl("params", "show", "see")

    assert code == 1
    assert "'see' is no setting" in err
