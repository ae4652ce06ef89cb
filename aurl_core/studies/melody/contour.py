"""How the melody's phrases move: one of nine contours each. Where phrases end is decided in extraction.py.

Source: D. Huron, "The melodic arch in Western folksongs", Computing in Musicology 1996.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aurl_core.corpus.schema import column
from aurl_core.score.score import Score
from aurl_core.studies.melody.extraction import ends_phrase, extract_melody
from aurl_core.studies.params import StudyParams
from aurl_core.studies.study import Row, beats_of, empty_table, study_schema, study_table

CONTOURS: Final = np.array(
    [
        ["descending", "descending-horizontal", "concave"],
        ["horizontal-descending", "horizontal", "horizontal-ascending"],
        ["convex", "ascending-horizontal", "ascending"],
    ],
    object,
)
"""Names by where the phrase goes from its first note to its middle (row) and from there to its last (column):
down, level or up."""


def phrase_levels(pitch: NDArray[np.uint8], first: NDArray[np.intp]) -> NDArray[np.float64]:
    """First pitch, mean pitch of the notes between, and last pitch of each phrase: (phrases, 3).

    `first` holds the index of each phrase's first note; without a note between, the mean of the outer two stands in.
    """
    counts = np.diff(first, append=len(pitch))
    start, end = pitch[first].astype(np.float64), pitch[first + counts - 1].astype(np.float64)
    inner = np.add.reduceat(pitch.astype(np.float64), first) - start - end
    middle = np.divide(inner, counts - 2, out=(start + end) / 2, where=counts > 2)
    return np.column_stack([start, middle, end])


def contour_names(levels: NDArray[np.float64], *, level_semitones: float) -> list[str]:
    """The contour of each phrase; differences smaller than `level_semitones` count as none.

    >>> contour_names(np.array([[60.0, 67.0, 60.0]]), level_semitones=1.0)
    ['convex']
    """
    moves = np.diff(levels, axis=1)
    signs = np.where(np.abs(moves) < level_semitones, 0, np.sign(moves)).astype(np.intp) + 1
    return list(CONTOURS[signs[:, 0], signs[:, 1]])


def explained_variance(
    pitch: NDArray[np.uint8], first: NDArray[np.intp], levels: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Share of each phrase's variance in pitch that its three levels account for; 1 for a phrase that never moves."""
    counts = np.diff(first, append=len(pitch))
    value = pitch.astype(np.float64)
    mean = np.add.reduceat(value, first) / counts
    spread = np.add.reduceat((value - np.repeat(mean, counts)) ** 2, first)
    is_inner = np.ones(len(pitch), bool)
    is_inner[first] = is_inner[first + counts - 1] = False
    missed = np.add.reduceat(np.where(is_inner, (value - np.repeat(levels[:, 1], counts)) ** 2, 0.0), first)
    return 1.0 - np.divide(missed, spread, out=np.zeros_like(missed), where=spread > 0)


class ContourStudy:
    """One row a phrase of the melody. `confidence` is the share of variance in pitch that the contour accounts for."""

    name = "contours"
    schema = study_schema(
        column("phrase", pa.int32(), "number in the piece from 0"),
        column("start_beat", pa.float64(), "quarter notes from the start of the piece"),
        column("end_beat", pa.float64(), "quarter notes from the start of the piece"),
        column("track", pa.uint16(), "track that the melody was found in"),
        column("num_notes", pa.int32(), "count"),
        column("first_pitch", pa.uint8(), "MIDI pitch"),
        column("middle_pitch", pa.float32(), "MIDI pitch, mean of the notes between the first and the last"),
        column("last_pitch", pa.uint8(), "MIDI pitch"),
        column("lowest_pitch", pa.uint8(), "MIDI pitch"),
        column("highest_pitch", pa.uint8(), "MIDI pitch"),
        column("contour", pa.string(), "one of Huron's nine"),
    )

    def __init__(self, params: StudyParams) -> None:
        self.params = params.melody

    def analyze(self, piece: Row, score: Score) -> pa.Table:
        melody = extract_melody(score, params=self.params)
        if not len(melody):
            return empty_table(self.schema)
        last = np.flatnonzero(ends_phrase(melody, ticks_per_beat=score.ticks_per_beat, params=self.params))
        first = np.append(0, last[:-1] + 1)
        levels = phrase_levels(melody.pitch, first)
        columns = {
            "phrase": np.arange(len(first)),
            "start_beat": beats_of(melody.onset[first], score),
            "end_beat": beats_of(melody.offset[last], score),
            "track": melody.track[first],
            "num_notes": last - first + 1,
            "first_pitch": melody.pitch[first],
            "middle_pitch": levels[:, 1],
            "last_pitch": melody.pitch[last],
            "lowest_pitch": np.minimum.reduceat(melody.pitch, first),
            "highest_pitch": np.maximum.reduceat(melody.pitch, first),
            "contour": contour_names(levels, level_semitones=self.params.level_semitones),
            "confidence": explained_variance(melody.pitch, first, levels),
        }
        return study_table(self.schema, piece, columns)
