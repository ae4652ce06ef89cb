"""Where a run's state is kept, and what makes two runs the same run. When it is saved is said in saving.py.

A checkpoint's folder is named by all that the result depends on. A killed run with the same inputs, params and code
finds its state there and goes on; any other starts anew and leaves it alone.
"""

from __future__ import annotations

import json
import logging
import platform
import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zipfile import ZipFile

import torch

from aurl_core.code_hash import code_hash
from aurl_core.errors import MissingError

STATE_FILE: Final = "last.ckpt"
FINISHED_FILE: Final = "finished"
_log = logging.getLogger(__name__)
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


def state_file(folder: Path) -> Path | None:
    """The state from which to resume, if there is one that is unharmed; of a damaged one the log says so."""
    path = folder / STATE_FILE
    if not path.is_file():
        return None
    if not _is_unharmed(path):
        _log.warning("%s is damaged, so the training starts from its beginning", path)
        return None
    return path


def _is_unharmed(path: Path) -> bool:
    """Do all parts of a state agree with their checksums? What torch saves is a zip archive."""
    try:
        with ZipFile(path) as archive:
            return archive.testzip() is None
    except Exception:  # a damaged archive can make zipfile raise nearly anything
        return False


def mark_finished(folder: Path) -> None:
    """Note that a run's results are written; its state stays until another run begins, in case they get lost."""
    (folder / FINISHED_FILE).touch()


def forget_finished(checkpoints: Path, *, but: Path) -> None:
    """Delete the states of finished runs other than `but`; those of killed runs stay."""
    for finished in checkpoints.glob(f"*/{FINISHED_FILE}"):
        if finished.parent != but:
            shutil.rmtree(finished.parent)
