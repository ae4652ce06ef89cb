"""General MIDI programs: their sixteen families and names."""

from __future__ import annotations

from collections.abc import Sequence

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


def channels_of(tracks: Sequence[Track]) -> list[int]:
    """The MIDI channel on which each track can sound by itself.

    Drum kits get channel 9. Every other track keeps its own channel if no earlier one has it, else gets the lowest free
    one; with more than fifteen of them a track shares the channel of the first with its program, or channel 0.

    >>> channels_of([Track(), Track(is_drum=True), Track(channel=9), Track(channel=4)])
    [0, 9, 1, 4]
    """
    free = [channel for channel in range(16) if channel != DRUM_CHANNEL]
    chosen: list[int] = []
    for track in tracks:
        if track.is_drum:
            chosen.append(DRUM_CHANNEL)
        elif free:
            chosen.append(track.channel if track.channel in free else free[0])
            free.remove(chosen[-1])
        else:
            shared = (c for c, other in zip(chosen, tracks, strict=False) if other.program == track.program)
            chosen.append(next((channel for channel in shared if channel != DRUM_CHANNEL), 0))
    return chosen
