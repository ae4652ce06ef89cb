"""Reads the pages of docs/ as their tests need them: tables by heading, SQL and commands by fence."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

DOCS = Path(__file__).parents[2] / "docs"
ELSEWHERE = ("losses.",)
"""Settings with a page of their own: one row here, all of them there."""
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


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block of a page."""

    language: str
    content: str

    @property
    def commands(self) -> list[str]:
        """What a reader types: the lines that begin with `$ `, with the lines that a backslash joins."""
        lines = [line.strip() for line in self.content.replace("\\\n", "").splitlines()]
        return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def fences(page: str) -> list[Fence]:
    """The fenced blocks of a page, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return [Fence(*found) for found in re.findall(r"^ *```(\w+)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)]


def fenced(page: str, language: str) -> list[str]:
    """The contents of the page's fences of one language."""
    return [fence.content for fence in fences(page) if fence.language == language]


def commands(page: str) -> list[str]:
    """What a reader of the page types, in order."""
    return [command for fence in fences(page) if fence.language == "console" for command in fence.commands]


def settings_of(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Every setting of a section, dotted."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel) and f"{above}{name}." not in ELSEWHERE:
            yield from settings_of(kind, f"{above}{name}.")
        else:
            yield above + name
