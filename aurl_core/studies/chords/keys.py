"""The key of a piece from how long each pitch class sounds. Modulation is not followed: one key a piece."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aurl_core.corpus.schema import column
from aurl_core.score.key import MODES, key_correlations, key_name
from aurl_core.score.score import Notes, Score
from aurl_core.studies.frames import pitched_notes
from aurl_core.studies.params import KeyParams, StudyParams
from aurl_core.studies.study import Row, beats_of, empty_table, study_schema, study_table

SCALES: Final = np.array([[0, 2, 4, 5, 7, 9, 11], [0, 2, 3, 5, 7, 8, 11]])
"""The major and the harmonic minor scale, semitones above the tonic."""


def key_of(notes: Notes, *, params: KeyParams) -> NDArray[np.float64]:
    """The keys' correlations for a set of notes, each weighted by its duration: (24,)."""
    sounding = np.bincount(notes.pitch % 12, notes.duration, minlength=12).astype(np.float64)
    return key_correlations(sounding, profile=params.profile)


def scale_of(key: int) -> NDArray[np.bool_]:
    """Which pitch classes belong to a key's scale: (12,). Minor counts both the natural and the raised seventh."""
    degrees = np.append(SCALES[key // 12], 10) if key >= 12 else SCALES[0]
    scale = np.zeros(12, bool)
    scale[(degrees + key) % 12] = True
    return scale


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
