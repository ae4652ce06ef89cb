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
from pydantic import BaseModel, ConfigDict

from aurl_core.code_hash import code_hash
from aurl_core.errors import InputError, MissingError
from aurl_core.files import write_whole
from aurl_core.sums import sha256_of
from aurl_core.tokens.tokenizer import tokenizer_files

FORMAT_VERSION: Final = 1
RUN_FILE: Final = "run.json"
FINISHED_FILE: Final = "finished"
_ROOMS: Final = ("augmentation", "corpus", "losses", "models", "score", "tokens", "training")


class Identity(BaseModel):
    """All that a run's result depends on."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format_version: int = FORMAT_VERSION
    corpus: str
    """sha256 of the corpus's manifest."""
    settings: dict[str, Any]
    """The sections of params.yaml that decide the result."""
    code: str
    """Hash of the rooms that compute it."""
    torch: str
    machine: str
    """Kind of processor."""

    @property
    def key(self) -> str:
        """16 hex digits of it all: the name of the run's folder."""
        return sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()[:16]


def identity_of(corpus: Path, settings: dict[str, Any]) -> Identity:
    """What a run of these settings depends on here and now; `MissingError` if there is no corpus."""
    manifest = corpus / "manifest.json"
    if not manifest.is_file():
        raise MissingError(f"{manifest} is missing: the shard stage has not run; run `dvc repro shard`")
    return Identity(
        corpus=sha256_of(manifest),
        settings=settings,
        code=code_hash(*(f"aurl_core.{room}" for room in _ROOMS)),
        torch=torch.__version__,
        machine=platform.machine(),
    )


def begin_run(folder: Path, identity: Identity, *, corpus: Path) -> None:
    """Note in a run's folder what it depends on, with the vocabulary that its weights speak."""
    write_whole(folder / RUN_FILE, identity.model_dump_json(indent=2) + "\n")
    for file in tokenizer_files(corpus):
        write_whole(folder / file.name, file.read_bytes())


def read_identity(folder: Path) -> Identity:
    """What the run in a folder depends on. `MissingError` if there is none, `InputError` if it cannot be read here."""
    file = folder / RUN_FILE
    if not file.is_file():
        raise MissingError(f"{folder} holds no {RUN_FILE}, so it is no run: `aurl run list` names those there are")
    return parsed_identity(file.read_bytes(), str(file))


def parsed_identity(text: bytes, source: str) -> Identity:
    """The same of the file's bytes; `source` names them in errors."""
    try:
        content = json.loads(text)
        if (version := content.get("format_version")) != FORMAT_VERSION:
            raise InputError(
                f"{source} has format_version {version}, this version of Aurl reads {FORMAT_VERSION}; use the version "
                "that wrote it"
            )
        return Identity.model_validate(content)
    except (ValueError, AttributeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{source} is damaged, so nothing is known of the run: get it again") from error


def mark_finished(folder: Path) -> None:
    """Note that a run's results are written; its state stays until another run begins, in case they get lost."""
    (folder / FINISHED_FILE).touch()


def forget_finished(checkpoints: Path, *, but: Path) -> None:
    """Delete the states of finished runs other than `but`; those of killed runs stay."""
    for finished in checkpoints.glob(f"*/{FINISHED_FILE}"):
        if finished.parent != but:
            shutil.rmtree(finished.parent)
