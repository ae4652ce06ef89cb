"""`IngestParams` and `ParseParams`: which files come in and what is made of them. Nothing here loads a library."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from aurl_core.section import Section


class IngestParams(Section):
    """Which files make the corpus."""

    source: str = Field(min_length=1)
    """A folder that is searched with all its subfolders, or `music21`: the scores that come with that package."""
    collections: tuple[str, ...] = ()
    """Folders of the source to take, by path relative to it; `.` is all of it. Empty means the usual: `bach` of
    music21, all of a folder of yours."""
    exclude: tuple[str, ...] = ()
    """Files to leave out: globs of the path relative to the source, or the first 8 or more digits of a sha256."""


Overlaps = Literal["fifo", "lifo", "close_all"]


class ParseParams(Section):
    """How files become tables."""

    repair: bool
    """Whether defects are repaired, each on record in repairs.parquet; `off` keeps files as written."""
    overlaps: Overlaps = "fifo"
    """Which of the notes that sound on one pitch a message ends: the oldest, the latest or all of them. `repair: off`
    keeps the oldest."""
    min_tempo_bpm: float = Field(gt=0)
    """Slower tempo events are absurd, beats per minute."""
    max_tempo_bpm: float = Field(gt=0)
    """Faster tempo events are absurd, beats per minute."""
    max_file_mb: float = Field(gt=0)
    """Larger MIDI files are rejected unread, in megabytes (10^6 bytes)."""
    mb_per_shard: float = Field(gt=0)
    """MIDI in a numbered set on average, in megabytes (10^6 bytes); a megabyte is some 100,000 notes."""
