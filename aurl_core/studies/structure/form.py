"""Sections with letters: which stretches of a piece are heard again. Cutting is done in segmentation.py."""

from __future__ import annotations

from string import ascii_uppercase

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aurl_core.corpus.schema import column
from aurl_core.errors import InputError
from aurl_core.score.score import Score
from aurl_core.studies.frames import Frames, pitched_notes
from aurl_core.studies.params import StudyParams
from aurl_core.studies.structure.segmentation import boundary_evidence, length_preferences, segment
from aurl_core.studies.structure.self_similarity import bar_harmony, bar_texture, likeness
from aurl_core.studies.study import Row, beats_of, empty_table, study_schema, study_table

SHORTER_PART = 0.5
"""Two sections can share a letter only if the shorter is at least this part of the longer."""

MOST_BARS = 2500
"""Every bar is compared with every other: a piece this long takes some 0.7 GB."""


def section_similarity(
    bar_likeness: NDArray[np.float64], first: NDArray[np.int64], last: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Mean likeness of the aligned bars of each two sections, from their first bars on: (sections, sections).

    Sections are `first[i]..last[i]`, `last` exclusive. Too unequal lengths are not alike at all.
    """
    lengths = last - first
    similarity = np.zeros((len(first), len(first)))
    for one in range(len(first)):
        for other in range(one + 1):
            shorter, longer = sorted((int(lengths[one]), int(lengths[other])))
            if shorter >= SHORTER_PART * longer:
                at = np.arange(shorter)
                similarity[one, other] = bar_likeness[first[one] + at, first[other] + at].mean()
    return np.maximum(similarity, similarity.T)


def section_groups(similarity: NDArray[np.float64], *, threshold: float) -> list[int]:
    """Group number of each section, in order of first hearing: each joins the group whose mean likeness is greatest.

    >>> section_groups(np.array([[1.0, 0.2, 0.9], [0.2, 1.0, 0.1], [0.9, 0.1, 1.0]]), threshold=0.8)
    [0, 1, 0]
    """
    groups: list[list[int]] = []
    numbers = []
    for section in range(len(similarity)):
        likes = [similarity[section, group].mean() for group in groups]
        best = int(np.argmax(likes)) if likes else -1
        if best < 0 or likes[best] < threshold:
            best = len(groups)
            groups.append([])
        groups[best].append(section)
        numbers.append(best)
    return numbers


def section_letter(group: int) -> str:
    """
    >>> section_letter(0), section_letter(27)
    ('A', 'B1')
    """
    rounds, letter = divmod(group, len(ascii_uppercase))
    return ascii_uppercase[letter] + (str(rounds) if rounds else "")


class SectionStudy:
    """One row a section. `confidence` is the probability that a section begins at its first bar (forward-backward).

    Raises InputError for a piece of more than `MOST_BARS`.
    """

    name = "sections"
    schema = study_schema(
        column("section", pa.int32(), "number in the piece from 0"),
        column("start_bar", pa.int32(), "bar number from 0"),
        column("end_bar", pa.int32(), "bar number from 0, exclusive"),
        column("start_beat", pa.float64(), "quarter notes from the start of the piece"),
        column("end_beat", pa.float64(), "quarter notes from the start of the piece"),
        column("label", pa.string(), "letter, equal for sections that are alike"),
    )

    def __init__(self, params: StudyParams) -> None:
        self.params = params.structure

    def analyze(self, piece: Row, score: Score) -> pa.Table:
        notes = pitched_notes(score)
        if not len(notes):
            return empty_table(self.schema)
        bars = Frames.bars(score)
        if len(bars) > MOST_BARS:
            raise InputError(f"{len(bars)} bars are too many to compare each with each; {MOST_BARS} are allowed")
        harmony, texture = likeness(bar_harmony(notes, bars)), likeness(bar_texture(notes, bars))
        evidence = boundary_evidence(harmony, texture, params=self.params)
        first, probability = segment(evidence, length_preferences(len(bars), params=self.params))
        last = np.append(first[1:], len(bars))
        similarity = section_similarity((harmony + texture) / 2, first, last)
        groups = section_groups(similarity, threshold=self.params.same_label_similarity)
        columns = {
            "section": np.arange(len(first)),
            "start_bar": first,
            "end_bar": last,
            "start_beat": beats_of(bars.start[first], score),
            "end_beat": beats_of(bars.stop[last - 1], score),
            "label": [section_letter(group) for group in groups],
            "confidence": probability,
        }
        return study_table(self.schema, piece, columns)
