"""Keys: their names, and how well each fits what sounds. Which key a piece is in is a study's to decide.

A key's number is 12 * is_minor + tonic. Sources: C. Krumhansl, "Cognitive Foundations of Musical Pitch", 1990 (the
key-finding algorithm of Krumhansl and Schmuckler); D. Temperley, "The Cognition of Basic Musical Structures", 2001;
J. Albrecht and D. Shanahan, "The use of large corpora to train a new type of key-finding algorithm", Music Perception
2013.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.pitch import PITCH_CLASS_NAMES

PROFILES: Final[dict[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "krumhansl": (
        (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    ),
    "temperley": (
        (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400),
        (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330),
    ),
    "albrecht": (
        (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081),
        (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052),
    ),
}
"""Weight of each degree above the tonic, in major and in minor."""

MODES: Final = ("major", "minor")


def key_correlations(sounding: NDArray[np.float64], *, profile: str) -> NDArray[np.float64]:
    """Pearson correlation of how long each pitch class sounds (..., 12) with each key's profile: (..., 24).

    All zeros where all pitch classes sound equally long.
    """
    shapes = np.array(PROFILES[profile])
    rolled = shapes[:, (np.arange(12) - np.arange(12)[:, None]) % 12].reshape(24, 12)
    rolled = rolled - rolled.mean(axis=1, keepdims=True)
    centred = sounding - sounding.mean(axis=-1, keepdims=True)
    norm = np.linalg.norm(rolled, axis=1) * np.linalg.norm(centred, axis=-1, keepdims=True)
    correlations: NDArray[np.float64] = np.divide(centred @ rolled.T, norm, out=np.zeros_like(norm), where=norm > 0)
    return correlations


def key_name(key: int) -> str:
    """
    >>> key_name(21)
    'A minor'
    """
    return f"{PITCH_CLASS_NAMES[key % 12]} {MODES[key // 12]}"


def key_of_signature(sharps: int, *, is_minor: bool) -> int:
    """The number of the key that a signature stands for; flats are negative sharps.

    >>> key_name(key_of_signature(-1, is_minor=True)), key_name(key_of_signature(2, is_minor=False))
    ('D minor', 'D major')
    """
    return 12 * is_minor + (7 * sharps + 9 * is_minor) % 12
