"""Which code computed a result, as a hash: part of every key under which a result is kept."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path


def code_hash(*modules: str) -> str:
    """A hash of the source of modules, and of all modules of packages, by dotted name; none of them is imported."""
    digest = hashlib.sha256()
    for file in sorted(path for name in modules for path in _sources(name)):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def _sources(module: str) -> Iterator[Path]:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"no module named {module!r}", name=module)
    origin = Path(spec.origin)
    return origin.parent.rglob("*.py") if origin.name == "__init__.py" else iter([origin])
