"""The house rules that a reader relies on: sizes, docstrings, names."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

FILES = sorted(path for top in ("aurl_core", "tasks", "flows") for path in Path(top).rglob("*.py"))
TESTS = sorted(Path("tests").rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
MAX_FUNCTION_LINES = 50
MAX_FILE_LINES = 500
BANNED = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handler", "advanced", "enhanced"}
BANNED |= {"optimized", "smart", "new", "v2"}
FOREIGN = {"ConsoleHandler", "CompressedFileHandler"}
"""Named after the base class in the standard library's logging."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def definitions() -> Iterator[tuple[Path, Function | ast.ClassDef]]:
    """Every function and class of the code, with its file."""
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, Function | ast.ClassDef):
                yield path, node


def words_of(name: str) -> set[str]:
    """The words of a snake_case or CamelCase name, in small letters."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)}


def test_no_function_is_too_long() -> None:
    sizes = [
        (str(path), node.name, (node.end_lineno or node.lineno) - node.lineno + 1)
        for path, node in definitions()
        if isinstance(node, Function)
    ]

    assert [entry for entry in sizes if entry[2] > MAX_FUNCTION_LINES] == []


def test_no_file_is_too_long() -> None:
    sizes = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES + TESTS}

    assert {path: lines for path, lines in sizes.items() if lines > MAX_FILE_LINES} == {}


def test_every_module_says_what_lives_there() -> None:
    assert [str(path) for path, tree in TREES.items() if not ast.get_docstring(tree)] == []


def test_public_classes_and_functions_have_docstrings() -> None:
    public = [
        (str(path), node.name, ast.get_docstring(node))
        for path, tree in TREES.items()
        for node in tree.body
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_")
    ]

    assert [entry for entry in public if not entry[2]] == []


def test_names_say_something() -> None:
    names = [(str(path), node.name) for path, node in definitions() if node.name not in FOREIGN]
    names += [(str(path), path.stem) for path in FILES + TESTS]

    assert [(path, name) for path, name in names if words_of(name) & BANNED] == []


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b")

    assert [str(path) for path in FILES + TESTS if marks.search(path.read_text(encoding="utf-8"))] == []
