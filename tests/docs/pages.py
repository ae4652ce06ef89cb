"""Reads the pages of docs/ as their tests need them: tables by heading, SQL and commands by fence."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
_HEADING = re.compile(r"#{1,6} ")
_CODE = re.compile(r"`([^`]+)`")


def tables(page: str) -> dict[str, list[list[str]]]:
    """The body rows of the first table under each heading, for each `code` in that heading."""
    found: dict[str, list[list[str]]] = {}
    names: list[str] = []
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        if _HEADING.match(line):
            names = _CODE.findall(line)
        elif line.startswith("|"):
            rows = [found.setdefault(name, []) for name in names]
            for table in rows:
                table.append([cell.strip() for cell in line.strip("|").split("|")])
        elif any(name in found for name in names):
            names = []
    return {name: rows[2:] for name, rows in found.items()}


def codes(text: str) -> list[str]:
    """Everything between backticks."""
    return _CODE.findall(text)


def fenced(page: str, language: str) -> list[str]:
    """The contents of the page's fences of one language."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)


def commands(page: str) -> list[str]:
    """What a reader types: the lines of console fences that begin with `$ `, with the lines that a backslash joins."""
    joined = [block.replace("\\\n", "") for block in fenced(page, "console")]
    lines = [line.strip() for block in joined for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
