"""The key of a piece from how long each pitch class sounds. Modulation is not followed: one key a piece.

Source: C. Krumhansl, "Cognitive Foundations of Musical Pitch", 1990 (the key-finding algorithm of Krumhansl and
Schmuckler); D. Temperley, "The Cognition of Basic Musical Structures", 2001; J. Albrecht and D. Shanahan, "The use of
large corpora to train a new type of key-finding algorithm", Music Perception 2013.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aurl_core.corpus.schema import column
from aurl_core.score.pitch import PITCH_CLASS_NAMES
from aurl_core.score.score import Notes, Score
from aurl_core.studies.frames import pitched_notes
from aurl_core.studies.params import KeyParams, StudyParams
from aurl_core.studies.study import Row, beats_of, empty_table, study_schema, study_table

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

SCALES: Final = np.array([[0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 11]])
"""The major and the harmonic minor scale, semitones above the tonic."""


def key_correlations(profile: NDArray[np.float64], *, params: KeyParams) -> NDArray[np.float64]:
    """Pearson correlation of a pitch-class profile (12,) with each key's: (24,), key number = 12 * is_minor + tonic.

    All zeros if the profile is flat.
    """
    shapes = np.array(PROFILES[params.profile])
    rolled = shapes[:, (np.arange(12) - np.arange(12)[:, None]) % 12].reshape(24, 12)
    rolled = rolled - rolled.mean(axis=1, keepdims=True)
    centred = profile - profile.mean()
    norm = np.linalg.norm(rolled, axis=1) * np.linalg.norm(centred)
    correlations: NDArray[np.float64] = np.divide(rolled @ centred, norm, out=np.zeros(24), where=norm > 0)
    return correlations


def key_of(notes: Notes, *, params: KeyParams) -> NDArray[np.float64]:
    """The keys' correlations for a set of notes, each weighted by its duration: (24,)."""
    return key_correlations(
        np.bincount(notes.pitch % 12, notes.duration, minlength=12).astype(np.float64), params=params
    )


def scale_of(key: int) -> NDArray[np.bool_]:
    """Which pitch classes belong to a key's scale: (12,). Minor counts both the natural and the raised seventh."""
    degrees = np.append(SCALES[key // 12], 10) if key >= 12 else SCALES[0]
    scale = np.zeros(12, bool)
    scale[(degrees + key) % 12] = True
    return scale


def key_name(key: int) -> str:
    """
    >>> key_name(21)
    'A minor'
    """
    return f"{PITCH_CLASS_NAMES[key % 12]} {MODES[key // 12]}"


class KeyStudy:
    """One row a piece: its key. `confidence` is how far the best key's correlation is ahead of the second best's.

    The margin is divided by the best correlation, so 0 means a tie and 1 that no other key correlates at all.
    """

    name = "keys"
    schema = study_schema(
        column("start_beat", pa.float64(), "quarter notes from the start of the piece"),
        column("end_beat", pa.float64(), "quarter notes from the start of the piece"),
        column("tonic", pa.int8(), "pitch class, 0 = C"),
        column("mode", pa.string(), "major or minor"),
        column("key", pa.string(), "tonic and mode"),
        column("correlation", pa.float32(), "Pearson's r with the key's profile"),
    )

    def __init__(self, params: StudyParams) -> None:
        self.params = params.keys

    def analyze(self, piece: Row, score: Score) -> pa.Table:
        notes = pitched_notes(score)
        if not len(notes):
            return empty_table(self.schema)
        correlations = key_of(notes, params=self.params)
        best, second = np.argsort(-correlations, kind="stable")[:2]
        top = correlations[best]
        margin = (top - max(correlations[second], 0.0)) / top if top > 0 else 0.0
        columns = {
            "start_beat": [0.0],
            "end_beat": beats_of(np.array([score.music_end]), score),
            "tonic": [int(best % 12)],
            "mode": [MODES[best // 12]],
            "key": [key_name(int(best))],
            "correlation": [float(top)],
            "confidence": [float(margin)],
        }
        return study_table(self.schema, piece, columns)
