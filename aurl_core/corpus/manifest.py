"""manifest.json: what a sharded corpus holds, by numbers and by hashes. How it came about lives in sharded.py."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Final

from aurl_core.corpus.lengths import LengthFigures
from aurl_core.corpus.splits import LeakFigures
from aurl_core.files import write_whole
from aurl_core.tokens.losses import Losses

MANIFEST_FILE: Final = "manifest.json"
FORMAT_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class SplitFigures:
    """What a split holds."""

    num_pieces: int
    num_clusters: int
    num_notes: int
    num_tokens: int
    duration_seconds: float
    lengths: LengthFigures


@dataclass(frozen=True, slots=True)
class CorpusFigures:
    """What a corpus holds."""

    num_pieces: int
    num_notes: int
    num_tokens: int
    tokens_per_note: float
    vocab_size: int
    vocabulary_hash: str
    losses: Losses
    """What the vocabulary could not say of the pieces."""
    num_off_grid: int
    """Pieces whose grid the tokenizer's does not contain, so that their times were rounded again."""
    rejections: dict[str, int]
    """Pieces that were too much for their worker, by reason."""
    near_duplicates: LeakFigures
    splits: dict[str, SplitFigures]


def write_manifest(folder: Path, figures: CorpusFigures, *, piece_ids: Sequence[str], clusters: Sequence[str]) -> None:
    """Write manifest.json about the files that are in `folder` now."""
    content = {
        "format_version": FORMAT_VERSION,
        **asdict(figures),
        "files": {file.relative_to(folder).as_posix(): _facts(file) for file in _files(folder)},
        "clusters": _shared(piece_ids, clusters),
    }
    write_whole(folder / MANIFEST_FILE, json.dumps(content, indent=1) + "\n")


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file() and file.name != MANIFEST_FILE)


def _facts(file: Path) -> Mapping[str, str | int]:
    with file.open("rb") as opened:
        return {"bytes": file.stat().st_size, "sha256": file_digest(opened, "sha256").hexdigest()}


def _shared(piece_ids: Sequence[str], clusters: Sequence[str]) -> dict[str, list[str]]:
    """The pieces of each cluster of more than one."""
    members = defaultdict[str, list[str]](list)
    for piece_id, cluster in zip(piece_ids, clusters, strict=True):
        members[cluster].append(piece_id)
    return {cluster: sorted(pieces) for cluster, pieces in sorted(members.items()) if len(pieces) > 1}
