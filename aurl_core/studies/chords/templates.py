"""The chords that can be recognised: their tones, order and names in Harte syntax. How they are found lives elsewhere.

Source of the names: C. Harte et al., "Symbolic representation of musical chords", ISMIR 2005.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.pitch import PITCH_CLASS_NAMES

QUALITIES: Final = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "hdim7": (0, 3, 6, 10),
    "dim7": (0, 3, 6, 9),
}
"""Semitones above the root by quality, in Harte's shorthand."""

NO_CHORD: Final = "N"
NUM_CHORDS: Final = 12 * len(QUALITIES) + 1
"""Chord number = 12 * index of quality + root; the last number is `NO_CHORD`."""

_DEGREES: Final = ("1", "b2", "2", "b3", "3", "4", "b5", "5", "b6", "6", "b7", "7")


def _tones() -> NDArray[np.bool_]:
    tones = np.zeros((NUM_CHORDS - 1, 12), bool)
    for index, intervals in enumerate(QUALITIES.values()):
        for root in range(12):
            tones[12 * index + root, (np.array(intervals) + root) % 12] = True
    return tones


TONES: Final = _tones()
"""Which pitch classes belong to which chord: (NUM_CHORDS - 1, 12)."""

QUALITY_NAMES: Final = np.array([name for name in QUALITIES for _ in range(12)] + [NO_CHORD], object)
"""Quality of each chord number."""

ROOTS: Final = np.append(np.tile(np.arange(12), len(QUALITIES)), -1).astype(np.int8)
"""Root of each chord number, -1 for `NO_CHORD`."""


def harte_label(chord: int, bass: int) -> str:
    """A chord's name, with its bass as a degree above the root where that is a tone of the chord other than the root.

    >>> harte_label(12 * 1 + 9, 0), harte_label(0, 0), harte_label(NUM_CHORDS - 1, 5)
    ('A:min/b3', 'C:maj', 'N')
    """
    if chord == NUM_CHORDS - 1:
        return NO_CHORD
    root = int(ROOTS[chord])
    name = f"{PITCH_CLASS_NAMES[root]}:{QUALITY_NAMES[chord]}"
    is_inverted = bass >= 0 and bass != root and bool(TONES[chord, bass])
    return f"{name}/{_DEGREES[(bass - root) % 12]}" if is_inverted else name
