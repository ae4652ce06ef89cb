"""General MIDI programs: their sixteen families, names and ranges."""

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

_ANY = (21, 108)
"""Where General MIDI names no range: unpitched percussion and sound effects."""
PITCH_RANGES = np.array([
    [(21, 108), (21, 108), (21, 108), (21, 108), (28, 103), (28, 103), (41, 89), (36, 96)],
    [(60, 108), (72, 108), (60, 84), (53, 89), (48, 84), (65, 96), (60, 77), (60, 84)],
    [(36, 96), (36, 96), (36, 96), (21, 108), (36, 96), (53, 89), (60, 84), (53, 89)],
    [(40, 84), (40, 84), (40, 86), (40, 86), (40, 86), (40, 86), (40, 86), (40, 86)],
    [(28, 55), (28, 55), (28, 55), (28, 55), (28, 55), (28, 55), (28, 55), (28, 55)],
    [(55, 93), (48, 84), (36, 72), (28, 55), (28, 93), (28, 93), (23, 103), (36, 57)],
    [(28, 96), (28, 96), (36, 96), (36, 96), (48, 79), (48, 79), (48, 84), (48, 72)],
    [(58, 94), (34, 75), (29, 55), (58, 82), (41, 77), (36, 96), (36, 96), (36, 96)],
    [(54, 87), (49, 80), (42, 75), (37, 68), (58, 91), (52, 81), (34, 72), (50, 91)],
    [(74, 108), (60, 96), (60, 96), (60, 96), (60, 96), (55, 84), (60, 96), (60, 84)],
    [(21, 108), (21, 108), (36, 96), (36, 96), (36, 96), (36, 96), (36, 96), (21, 108)],
    [(36, 96)] * 8,
    [(36, 96)] * 8,
    [(48, 77), (48, 84), (50, 79), (55, 84), (48, 79), (36, 77), (55, 96), (48, 72)],
    [(72, 84), (60, 72), (52, 76), _ANY, _ANY, _ANY, _ANY, _ANY],
    [_ANY] * 8,
], np.uint8)  # fmt: skip
"""(16, 8, 2) by family and program % 8: the lowest and highest pitch that an instrument is meant for.

Source: General MIDI 2 (MMA RP-024), appendix A, recommended ranges.
"""

FAMILY_RANGES = np.stack([PITCH_RANGES[..., 0].min(axis=1), PITCH_RANGES[..., 1].max(axis=1)], axis=1)
"""(16, 2): what some instrument of each family can play."""


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
