"""How much of a piece stands note for note in the training split. Repetition within a piece is technical.py's.

A window starts at each onset of a piece and spans a fixed number of beats. It is copied when the training split holds a
window with the same onsets and pitches in any key, wherever the bar lines are. Durations and velocities are ignored,
which can only find more copies. Windows are compared by 64-bit hashes of the steps from note to note.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.evaluation.musical import pitched
from aurl_core.score.score import Score

_GRID: Final = 24
"""Onsets are compared to a 24th of a beat."""
_BASE: Final = 0x9E3779B97F4A7C15
_INVERSE_BASE: Final = pow(_BASE, -1, 1 << 64)


def window_hashes(score: Score, *, window_beats: int, window_notes: int) -> NDArray[np.uint64]:
    """The hash of each window that fits into the piece and holds at least `window_notes` notes, in order of onset.

    Note k after the first contributes mix(onset step, pitch step) * base**k modulo 2**64 (Rabin and Karp's rolling
    hash), so all windows of a piece cost one cumulative sum. Equal windows have equal hashes; of 10**6 different ones
    two agree by accident with probability 3e-8.
    """
    onset, pitch = _distinct_notes(score)
    starts = np.flatnonzero(np.diff(onset, prepend=-1))
    starts = starts[onset[starts] + window_beats * _GRID <= score.music_end * _GRID / score.ticks_per_beat]
    ends = np.searchsorted(onset, onset[starts] + window_beats * _GRID)
    long_enough = ends - starts >= window_notes
    starts, ends = starts[long_enough], ends[long_enough]
    summed = np.append(np.zeros(1, np.uint64), np.cumsum(_steps(onset, pitch) * _powers(_BASE, len(onset))))
    first = np.minimum(starts + 1, len(onset))
    return np.asarray((summed[ends] - summed[first]) * _powers(_INVERSE_BASE, len(onset) + 1)[first], np.uint64)


def known_windows(hashes: Iterable[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """The different windows of a set of pieces, sorted: 8 bytes a window."""
    return np.unique(np.concatenate([np.zeros(0, np.uint64), *hashes]))


def copied_share(hashes: NDArray[np.uint64], known: NDArray[np.uint64]) -> float:
    """Share of a piece's windows that are among `known` (sorted); nan when it has no window."""
    if not len(hashes):
        return np.nan
    place = np.searchsorted(known, hashes)
    found = place < len(known)
    found[found] = known[place[found]] == hashes[found]
    return float(found.mean())


def _distinct_notes(score: Score) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Onsets on the grid and pitches, by onset and pitch, without unisons."""
    notes = pitched(score)
    onset = np.rint(notes.onset * _GRID / score.ticks_per_beat).astype(np.int64)
    keys = np.unique(onset * 128 + notes.pitch)
    return keys // 128, keys % 128


def _steps(onset: NDArray[np.int64], pitch: NDArray[np.int64]) -> NDArray[np.uint64]:
    """What leads from each note to the next, scrambled (splitmix64) so that sums of steps do not collide."""
    step = np.diff(onset, prepend=onset[:1]) * 256 + np.diff(pitch, prepend=pitch[:1]) + 128
    mixed = step.astype(np.uint64) * np.uint64(_BASE)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _powers(base: int, length: int) -> NDArray[np.uint64]:
    """base**0 .. base**(length - 1) modulo 2**64."""
    factors = np.full(length, base, np.uint64)
    factors[:1] = 1
    return np.cumprod(factors, dtype=np.uint64)
