"""The API reference is made of docstrings: every module, and every public class and function of one, has its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
FILES = [file for top in ("aurl_core", "tasks", "flows") for file in sorted((REPOSITORY / top).rglob("*.py"))]
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def public(body: list[ast.stmt]) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """The classes and functions of a body whose names are for others."""
    for node in body:
        if isinstance(node, ast.ClassDef | FUNCTION) and not node.name.startswith("_"):
            yield node


def test_every_module_says_what_lives_in_it() -> None:
    assert [file.name for file in FILES if not ast.get_docstring(ast.parse(file.read_text()))] == []


def test_every_public_class_and_function_says_what_it_is() -> None:
    missing = [
        f"{file.relative_to(REPOSITORY)}:{node.lineno} {node.name}"
        for file in FILES
        for node in public(ast.parse(file.read_text()).body)
        if not ast.get_docstring(node)
    ]
    assert missing == []
