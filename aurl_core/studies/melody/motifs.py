"""Motifs: short figures of the melody that return, at any pitch, in the same rhythm. Varied returns are not found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aurl_core.corpus.schema import column
from aurl_core.score.score import Notes, Score
from aurl_core.studies.melody.extraction import ends_phrase, extract_melody
from aurl_core.studies.params import MelodyParams, StudyParams
from aurl_core.studies.study import Row, beats_of, empty_table, study_schema, study_table

FRESH_PART = 0.5
"""A motif is kept if at least this part of its notes belongs to no motif kept before it."""


@dataclass(frozen=True, slots=True, eq=False)
class Motif:
    """A figure of `num_intervals` intervals; it begins at each of the melody's notes numbered `first`."""

    first: NDArray[np.intp]
    num_intervals: int
    confidence: float

    @property
    def notes(self) -> NDArray[np.intp]:
        """Indices of the notes of each occurrence: (occurrences, num_intervals + 1)."""
        return self.first[:, None] + np.arange(self.num_intervals + 1)


def find_motifs(melody: Notes, is_end: NDArray[np.bool_], *, params: MelodyParams) -> list[Motif]:
    """The motifs that together cover most of the melody; none crosses the end of a phrase (`is_end`, per note).

    Confidence is 1 - expected / found occurrences, where the expectation takes intervals with their rhythm as
    independent draws from those of the melody.
    """
    if len(melody) < 2:
        return []
    intervals = np.diff(melody.pitch.astype(np.int64))
    waits = np.diff(melody.onset.astype(np.int64))
    kinds, steps = np.unique(intervals * (waits.max() + 1) + waits, return_inverse=True)
    log_share = np.log(np.bincount(steps, minlength=len(kinds)) / len(steps))[steps]
    candidates: list[Motif] = []
    figure, shortest = steps.astype(np.int64), params.motif_intervals[0]
    for length in range(2, min(params.motif_intervals[1], len(steps)) + 1):
        figure = np.unique(figure[:-1] * len(kinds) + steps[length - 1 :], return_inverse=True)[1]
        if length >= shortest:
            usable = _windows_all(~is_end[:-1], length) & ~_windows_all(intervals == 0, length)
            expected = np.exp(_windows_sum(log_share, length)) * usable.sum()
            candidates += _repeated(figure, usable, expected, length, min_occurrences=params.min_occurrences)
    return _covering(candidates, len(melody), max_motifs=params.max_motifs)


def _windows_all(values: NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    is_all: NDArray[np.bool_] = _windows_sum(~values, length) == 0
    return is_all


def _windows_sum(values: NDArray[np.generic], length: int) -> NDArray[np.float64]:
    summed: NDArray[np.float64] = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return summed[length:] - summed[:-length]


def _repeated(
    figure: NDArray[np.int64],
    usable: NDArray[np.bool_],
    expected: NDArray[np.float64],
    length: int,
    *,
    min_occurrences: int,
) -> list[Motif]:
    """The figures of one length that occur often enough, less occurrences that overlap the one before."""
    at = np.flatnonzero(usable)
    order = at[np.argsort(figure[at], kind="stable")]
    groups = np.split(order, np.flatnonzero(np.diff(figure[order])) + 1)
    motifs = []
    for group in groups:
        if len(group) < min_occurrences:
            continue
        apart = _apart(group, length)
        if len(apart) >= min_occurrences:
            motifs.append(Motif(apart, length, max(0.0, 1.0 - float(expected[apart[0]]) / len(apart))))
    return motifs


def _apart(first: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """The occurrences that share no interval with an earlier one that is kept."""
    if (np.diff(first) >= length).all():
        return first
    kept: list[int] = []
    for start in first.tolist():
        if not kept or start - kept[-1] >= length:
            kept.append(start)
    return np.array(kept, np.intp)


def _covering(candidates: list[Motif], num_notes: int, *, max_motifs: int) -> list[Motif]:
    """Greedily those that cover most; of equals the longer, then the earlier."""
    ranked = sorted(candidates, key=lambda m: (-m.notes.size, -m.num_intervals, int(m.first[0])))
    is_covered = np.zeros(num_notes, bool)
    chosen: list[Motif] = []
    for motif in ranked:
        if len(chosen) == max_motifs:
            break
        if (~is_covered[motif.notes]).mean() >= FRESH_PART:
            is_covered[motif.notes] = True
            chosen.append(motif)
    return chosen


class MotifStudy:
    """One row an occurrence of a motif. `confidence` says how far it is from chance, see `find_motifs`."""

    name = "motifs"
    schema = study_schema(
        column("motif", pa.int32(), "number in the piece from 0, those covering most notes first"),
        column("occurrence", pa.int32(), "number of this occurrence from 0"),
        column("start_beat", pa.float64(), "quarter notes from the start of the piece"),
        column("end_beat", pa.float64(), "quarter notes from the start of the piece"),
        column("first_pitch", pa.uint8(), "MIDI pitch"),
        column("transposition", pa.int8(), "semitones above the first occurrence"),
        column("intervals", pa.list_(pa.int8()), "semitones from note to note"),
        column("inter_onset_steps", pa.list_(pa.int32()), "steps from note to note"),
    )

    def __init__(self, params: StudyParams) -> None:
        self.params = params.melody

    def analyze(self, piece: Row, score: Score) -> pa.Table:
        melody = extract_melody(score, params=self.params)
        is_end = ends_phrase(melody, ticks_per_beat=score.ticks_per_beat, params=self.params)
        motifs = find_motifs(melody, is_end, params=self.params)
        if not motifs:
            return empty_table(self.schema)
        tables = [self._rows(piece, score, melody, motif, number) for number, motif in enumerate(motifs)]
        return pa.concat_tables(tables).unify_dictionaries().combine_chunks()

    def _rows(self, piece: Row, score: Score, melody: Notes, motif: Motif, number: int) -> pa.Table:
        first, last = motif.first, motif.first + motif.num_intervals
        length = len(first)
        pitch = melody.pitch.astype(np.int64)
        figure = motif.notes[0]
        columns = {
            "motif": np.full(length, number),
            "occurrence": np.arange(length),
            "start_beat": beats_of(melody.onset[first], score),
            "end_beat": beats_of(melody.offset[last], score),
            "first_pitch": pitch[first],
            "transposition": pitch[first] - pitch[first[0]],
            "intervals": [np.diff(pitch[figure]).tolist()] * length,
            "inter_onset_steps": [np.diff(melody.onset[figure]).tolist()] * length,
            "confidence": np.full(length, motif.confidence),
        }
        return study_table(self.schema, piece, columns)
