"""How much what a model samples while it learns is like real music, as a number a sample: cheap enough to be a curve.

It is for a few short samples, of which no distribution can be estimated; whole sets of pieces are compared in
distribution.py, for the report.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.evaluation import musical
from aurl_core.score.score import Score

MEASURES: Final[Mapping[str, Callable[[Score], float]]] = MappingProxyType(
    {
        "pitch_class_entropy": musical.pitch_class_entropy,
        "scale_consistency": musical.scale_consistency,
        "pitch_range": musical.pitch_range,
        "consonance": musical.consonance,
        "mean_leap": musical.mean_leap,
        "groove_consistency": partial(musical.groove_consistency, positions_per_beat=4),
        "rhythm_entropy": musical.rhythm_entropy,
        "notes_per_beat": musical.notes_per_beat,
        "mean_duration": musical.mean_duration,
        "polyphony": musical.polyphony,
        "repeated_bar_rate": musical.repeated_bar_rate,
    }
)
"""Key and range, harmony and melody, rhythm, texture, repetition."""
QUALITY: Final = "sample_quality"
_MIDDLE: Final = (5, 95)
"""Percentiles of real pieces between which a sample cannot be told from them."""
MOST_PIECES: Final = 200
"""More real pieces than these change nothing that can be heard."""
_LEAST: Final = 0.01
_LENGTHS_KEPT: Final = 64


class RealMusic:
    """What real pieces are like, measured over as many beats from their beginnings as a sample has.

    Over as many, because a short excerpt has fewer pitch classes and repeats less than a whole piece.
    """

    def __init__(self, pieces: Sequence[Score]) -> None:
        self._pieces = pieces[:MOST_PIECES]
        self._ranges = lru_cache(maxsize=_LENGTHS_KEPT)(self._measured)

    def figures(self, samples: Sequence[Score]) -> dict[str, float]:
        """`sample_quality`, from 0 to 1, and `sample_<measure>`, how far the samples agree with real pieces in each
        measure, all as means over the samples.

        A sample agrees by 1 if its measure lies between the 5th and the 95th percentile of the real excerpts; by
        exp(-2 d / w) if it lies a distance d outside this range of width w; by 0 if it is undefined, as without notes.
        Its quality is the geometric mean of its agreements, each counted as at least 0.01, so that what is far off in
        one respect is not made up for by the others.

        Real music scores .95: other chorales of Bach than those compared with do. With every 20th note up to a tritone
        off these have .93, every tenth .87, every third .65, all of them .35; with their pitches shuffled .68; their
        first bar looped .48. So 1 says that none of these measures gives a sample away, not that it is good. The
        deviation of a single real piece is .08: of two samples the mean is rough, and differences of less than .1 are
        luck.
        """
        agreements = np.array([self.agreement(sample) for sample in samples]).reshape(-1, len(MEASURES))
        qualities = np.exp(np.log(np.maximum(agreements, _LEAST)).mean(axis=1))
        means = agreements.mean(axis=0)
        parts = {f"sample_{name}": float(mean) for name, mean in zip(MEASURES, means, strict=True)}
        return {QUALITY: float(qualities.mean())} | parts

    def agreement(self, sample: Score) -> NDArray[np.float64]:
        """(M,) how far a sample agrees with the real pieces in each measure, from 0 to 1."""
        low, high = self._ranges(math.ceil(sample.music_end / sample.ticks_per_beat))
        values = _measures(sample)
        outside = np.maximum(np.maximum(low - values, values - high), 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            agreed = np.where(outside > 0, np.exp(-2 * outside / (high - low)), 1.0)
        return np.where(np.isfinite(values), agreed, 0.0)

    def _measured(self, beats: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        values = np.array([_measures(beginning(piece, beats)) for piece in self._pieces])
        known = [column[np.isfinite(column)] for column in values.T]
        ranges = [np.percentile(column, _MIDDLE) if len(column) else (-np.inf, np.inf) for column in known]
        low, high = np.array(ranges).T
        return low, high


def beginning(piece: Score, beats: int) -> Score:
    """The notes that start in the first beats; what sounds on ends there."""
    end = beats * piece.ticks_per_beat
    notes = piece.notes.take(piece.notes.onset < end)
    return piece.with_notes(replace(notes, duration=np.minimum(notes.duration, end - notes.onset)))


def _measures(score: Score) -> NDArray[np.float64]:
    return np.array([measure(score) for measure in MEASURES.values()])
