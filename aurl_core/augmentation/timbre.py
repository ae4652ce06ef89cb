"""Other instruments of the same family. Tokenizers that say programs show it; those that say families do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.instrument import PITCH_RANGES
from aurl_core.score.score import Score

_NUM_PROGRAMS: Final = 128
_UNTUNED: Final = range(112, _NUM_PROGRAMS)
"""Percussive instruments and sound effects: their family is no likeness."""
_NO_MELODY: Final = (47, 55)
"""Timpani and orchestra hit stand among strings and ensembles, and play no part of theirs."""
_LOWEST, _HIGHEST = PITCH_RANGES.reshape(_NUM_PROGRAMS, 2).T


def substitute(score: Score, rng: np.random.Generator) -> Score:
    """Each instrument exchanged for another of its family in whose range all its notes lie, where there is one.

    Tracks that had one program still have one. Drums, percussive instruments and sound effects stay.
    """
    program = np.array([track.program for track in score.tracks], np.int64)
    is_tuned = np.array([not track.is_drum and track.program not in _UNTUNED for track in score.tracks], bool)
    chosen = np.arange(_NUM_PROGRAMS)
    for one in np.unique(program[is_tuned]):
        pitch = score.notes.pitch[(is_tuned & (program == one))[score.notes.track]]
        others = _others(int(one), pitch)
        chosen[one] = rng.choice(others) if len(others) else one
    tracks = tuple(
        replace(track, program=int(chosen[track.program])) if tuned else track
        for track, tuned in zip(score.tracks, is_tuned, strict=True)
    )
    return replace(score, tracks=tracks)


def _others(program: int, pitch: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The other programs of the family that can play all of `pitch`."""
    family = program // 8 * 8 + np.arange(8)
    low, high = pitch.min(initial=127), pitch.max(initial=0)
    can_play: NDArray[np.bool_] = (_LOWEST[family] <= low) & (high <= _HIGHEST[family])
    return family[np.flatnonzero(can_play & (family != program) & ~np.isin(family, _NO_MELODY))]
