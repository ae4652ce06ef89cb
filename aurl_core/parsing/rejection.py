"""`Rejection`: a file that is left out, with a reason from a closed list. Deciding about a file is parser.py's work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Reason = Literal[
    "unreadable",
    "empty_file",
    "too_large",
    "not_midi",
    "archive",
    "malformed",
    "no_notes",
    "too_long",
    "notation",
    "duplicate",
    "timeout",
    "memory",
    "worker_died",
]
REASONS: tuple[Reason, ...] = get_args(Reason)

REMEDIES: dict[Reason, str] = {
    "unreadable": "Check that the file still exists and that you may read it, then run `dvc repro` again.",
    "empty_file": "The file has no bytes: fetch it again from where it came.",
    "too_large": "Split the file, or raise parse.max_file_mb.",
    "not_midi": "The content is not MIDI whatever its name: unpack it, fetch it again, or list it in ingest.exclude.",
    "archive": "A packed file must hold one MIDI file: unpack it, and give each file of it a place of its own.",
    "malformed": "No note could be saved from this file: fetch it again, or list it in ingest.exclude.",
    "no_notes": "Nothing sounds in this file: list it in ingest.exclude.",
    "too_long": "A note stands far behind the others: open the file in a sequencer, delete that note and save it.",
    "notation": "music21 cannot convert this score: correct it in a notation program, or export it as MIDI.",
    "duplicate": "Nothing to do: the same bytes are in the corpus under the path named.",
    "timeout": "The file took too long: list it in ingest.exclude, or raise cluster.chunk_timeout_seconds and run "
    "`dvc repro --force --single-item parse`.",
    "memory": "The file needs too much memory: list it in ingest.exclude, or raise cluster.worker_memory_mb and run "
    "`dvc repro --force --single-item parse`.",
    "worker_died": "The file kills the process that reads it: list it in ingest.exclude, and please report it.",
}
"""What a person can do, one sentence a reason."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A file that is left out of the corpus."""

    path: str
    """Relative to the source folder."""
    piece_id: str | None
    """None if the file's bytes could not be read."""
    reason: Reason
    detail: str
    """What was seen, in this file."""

    @property
    def remedy(self) -> str:
        """What a person can do, one sentence."""
        return REMEDIES[self.reason]
