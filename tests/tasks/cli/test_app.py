"""The command line as a whole."""

from collections.abc import Callable

Aurl = Callable[..., tuple[int, str, str]]


def test_help_names_every_command(aurl: Aurl) -> None:
    code, out, _ = aurl("--help")

    assert code == 0
    for command in (
        "demo",
        "status",
        "params",
        "run",
        "query",
        "inspect",
        "generate",
        "render",
        "convert",
        "ui",
        "clean",
    ):
        assert f"  {command} " in out


def test_a_command_that_is_none_fails(aurl: Aurl) -> None:
    code, _, err = aurl("clena")

    assert code == 2
    assert "clena" in err
