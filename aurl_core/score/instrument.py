"""General MIDI programs: their sixteen families and names."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import Track

FAMILIES = (
    "piano", "chromatic percussion", "organ", "guitar", "bass", "strings", "ensemble", "brass",
    "reed", "pipe", "synth lead", "synth pad", "synth effects", "ethnic", "percussive", "drums",
)  # fmt: skip
"""Family names by `program // 8`; slot 15 (sound effects in General MIDI) stands for the drum kit here."""

DRUMS = 15
SOUND_EFFECTS = range(120, 128)
DRUM_CHANNEL = 9


def family_of(track: Track) -> int:
    """The family slot (0-15) of a track.

    >>> family_of(Track(program=33)), family_of(Track(is_drum=True))
    (4, 15)
    """
    return DRUMS if track.is_drum else track.program // 8


def families_of(tracks: tuple[Track, ...]) -> NDArray[np.uint8]:
    """The family slot of each track."""
    return np.array([family_of(track) for track in tracks], np.uint8)


def track_of_family(family: int) -> Track:
    """The track that stands for a whole family: its first program, or the drum kit."""
    if family == DRUMS:
        return Track(name=FAMILIES[DRUMS], channel=DRUM_CHANNEL, is_drum=True)
    channel = family if family < DRUM_CHANNEL else family + 1
    return Track(name=FAMILIES[family], program=family * 8, channel=channel)
