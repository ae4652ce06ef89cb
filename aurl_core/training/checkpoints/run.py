"""What makes two runs the same run, and how long the states of one stay. The states are said in shelf.py.

A run's folder is named by all that the result depends on. A killed run with the same inputs, params and code
finds its state there and goes on; any other starts anew and leaves it alone.
"""

from __future__ import annotations

import json
import platform
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import torch

from aurl_core.code_hash import code_hash
from aurl_core.errors import MissingError

FINISHED_FILE: Final = "finished"
_ROOMS: Final = ("augmentation", "corpus", "models", "score", "tokens", "training")


def run_key(corpus: Path, settings: dict[str, Any]) -> str:
    """16 hex digits of what a run depends on: the corpus by its manifest, its settings, this code and torch.

    `MissingError` if there is no corpus.
    """
    manifest = corpus / "manifest.json"
    if not manifest.is_file():
        raise MissingError(f"{manifest} is missing: the shard stage has not run; run `dvc repro shard`")
    content = {
        "manifest": sha256(manifest.read_bytes()).hexdigest(),
        "settings": settings,
        "code": code_hash(*(f"aurl_core.{room}" for room in _ROOMS)),
        "torch": [torch.__version__, platform.machine()],
    }
    return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def mark_finished(folder: Path) -> None:
    """Note that a run's results are written; its state stays until another run begins, in case they get lost."""
    (folder / FINISHED_FILE).touch()


def forget_finished(checkpoints: Path, *, but: Path) -> None:
    """Delete the states of finished runs other than `but`; those of killed runs stay."""
    for finished in checkpoints.glob(f"*/{FINISHED_FILE}"):
        if finished.parent != but:
            shutil.rmtree(finished.parent)
