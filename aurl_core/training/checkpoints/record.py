"""`Checkpoint`: a state on disk, a folder that is whole or absent. Which ones there are and stay is said in shelf.py.

step-000001200/
    state.ckpt        Lightning's whole state (state.ckpt.zst when compressed), or a folder of a run of many ranks
    checkpoint.json   format version, step, tokens seen, figures, torch's version
    SHA256SUMS        of both, as `sha256sum -c` reads it
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from pydantic import BaseModel, ConfigDict

from aurl_core.errors import InputError
from aurl_core.sums import write_sums

FORMAT_VERSION: Final = 1
RECORD_FILE: Final = "checkpoint.json"


class Record(BaseModel):
    """What is known of a state without reading it."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")
    format_version: int
    step: int
    """Gradient steps taken. The place in the data, each piece's augmentation and every random number follow from it."""
    tokens_seen: int
    figures: dict[str, float]
    """Of the validation that came just before, nats/token and `sample_quality` among them; empty between two."""
    torch: str
    """The version that wrote it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state and what is known of it."""

    folder: Path
    record: Record


def seal(folder: Path, *, step: int, tokens_seen: int, figures: dict[str, float]) -> None:
    """Make a checkpoint of a folder that holds a state: write its record and its sums."""
    record = Record(
        format_version=FORMAT_VERSION, step=step, tokens_seen=tokens_seen, figures=figures, torch=torch.__version__
    )
    (folder / RECORD_FILE).write_text(record.model_dump_json(indent=2) + "\n", encoding="utf-8")
    write_sums(folder)


def read_record(folder: Path) -> Record:
    """The record of a checkpoint whose sums agree.

    `InputError` names a format version that is not read here.
    """
    text = (folder / RECORD_FILE).read_text(encoding="utf-8")
    version = json.loads(text).get("format_version")
    if version != FORMAT_VERSION:
        raise InputError(
            f"{folder / RECORD_FILE} has format_version {version}, this version of Aurl reads {FORMAT_VERSION}; go on "
            f"with the version that wrote it, or delete {folder.parent} to train from the beginning"
        )
    return Record.model_validate_json(text)
