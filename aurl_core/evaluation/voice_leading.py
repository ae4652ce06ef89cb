"""Parallel fifths and octaves, read off the sounding chords. Everything else that is heard is in musical.py."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aurl_core.evaluation.musical import pitched
from aurl_core.score.score import Notes, Score


def parallels_per_thousand(score: Score) -> float:
    """Parallel perfect fifths, octaves and unisons per 1,000 pairs of voices that both move; nan if none do.

    The chord at each onset is all that sounds there. Two successive chords of the same size are joined voice by voice,
    **by height**, for a model's output names no voices. A pair is parallel when both voices move the same way from a
    perfect fifth to a perfect fifth or from an octave to an octave (compound intervals included). On the standard test
    split of Bach's chorales this counts 2.7 (1.6 fifths, 1.2 octaves) of all pairs; the true voices come to 1.3, since
    voices that cross look like parallels. Huron 2001, "Tone and Voice", for the rule.
    """
    pitches, sizes = _chords(pitched(score))
    starts = np.cumsum(sizes) - sizes
    parallel = moving = 0
    for size in np.unique(sizes[sizes > 1]):
        first = np.flatnonzero((sizes[:-1] == size) & (sizes[1:] == size))
        columns = starts[first, None] + np.arange(size)
        counted = _count_parallels(pitches[columns], pitches[columns + size])
        parallel, moving = parallel + counted[0], moving + counted[1]
    return 1000 * parallel / moving if moving else np.nan


def _chords(notes: Notes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Different pitches sounding at each distinct onset, ascending, end to end; and how many there are at each."""
    times = np.unique(notes.onset)
    first = np.searchsorted(times, notes.onset)
    spans = np.maximum(np.searchsorted(times, notes.offset) - first, 0)
    within = np.arange(spans.sum()) - np.repeat(np.cumsum(spans) - spans, spans)
    chord = np.repeat(first, spans) + within
    keys = np.unique(chord * 128 + np.repeat(notes.pitch.astype(np.int64), spans))
    return keys % 128, np.bincount(keys // 128, minlength=len(times))


def _count_parallels(before: NDArray[np.int64], after: NDArray[np.int64]) -> tuple[int, int]:
    """Of chord pairs (C, size): how many voice pairs are parallel perfect intervals, and how many move at all."""
    low, high = np.triu_indices(before.shape[1], 1)
    moves = after - before
    both = (moves[:, low] != 0) & (moves[:, high] != 0)
    same_way = np.sign(moves[:, low]) == np.sign(moves[:, high])
    interval, next_interval = ((chord[:, high] - chord[:, low]) % 12 for chord in (before, after))
    perfect = (interval == next_interval) & ((interval == 0) | (interval == 7))
    return int((both & same_way & perfect).sum()), int(both.sum())
