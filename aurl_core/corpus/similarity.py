"""Which pieces share a line of music: bottom-k sketches of n-grams of intervals. What follows from it: splits.py.

A fingerprint says whether two pieces are the same notes; here a piece is found again that was transposed, stretched,
re-voiced, performed, cut, or edited in a tenth of its notes, and a chorale melody that was harmonised twice. Each piece
is taken as several lines: its highest notes and its lowest over all tracks, which survive any way of dealing notes out
to tracks; and each track that plays one note at a time, which survives another accompaniment, once with all its notes
and once with those on the beat, which survives ornaments. Rhythm is left out, notes that start nearly together count
as together, and repeated notes count once. `python -m benchmarks.duplicates` measures all of this.

Of a line's n-grams, hashed, the sketch keeps the smallest: a fair sample, the same wherever they stand (Broder,
"On the resemblance and containment of documents", 1997; Cohen and Kaplan, "Summarizing data using bottom-k sketches",
2007). Lines are compared by shared / sqrt(one * other), the Ochiai coefficient: it forgives a half of a piece more than
the Jaccard index does, and makes less of a few plain figures in a long line than containment does.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.corpus.params import NearDuplicateConfig
from aurl_core.score.score import Score

NUM_HASHES: Final = 64
"""Numbers in a sketch, the smallest n-gram hashes of a line in rising order; shorter lines end in `_NONE`."""
_NONE: Final = np.uint32(0xFFFFFFFF)
_TOGETHER: Final = 12
"""Notes that start within a twelfth of a beat of one another start together: hands are not a clock."""
_MELODIC: Final = 1.5
"""A track that has more notes than this at once, in the mean, is no line of its own."""
_MOST_LINES: Final = 10
"""Of more lines of one piece those with most n-grams are kept."""
_HIGHEST, _LOWEST, _FIRST_TRACK = 0, 1, 2
"""Numbers of lines: two for all tracks together, then two for each track, all notes and those on the beat."""

_CANDIDATE_HASHES: Final = 24
"""By how many of their smallest hashes lines are brought together."""
_CANDIDATE_SHARED: Final = 3
"""So many of those must be shared before two lines are compared; lines that are alike share 8 in the mean."""
_NEIGHBOURS: Final = 3
"""How many of the next lines with a hash each line is tried with; more alike ones are linked through each other."""
_PAIRS_PER_LOOK: Final = 1 << 16
"""How many pairs of lines are compared at a time, which bounds memory."""

_LINES_PER_PART: Final = 1 << 17
"""Hashes are sorted in so many parts that one holds about the hashes of these lines, which bounds memory too."""

_LOW: Final = np.uint64(0xFFFFFFFF)
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)

Signatures = NDArray[np.uint32]
Column = NDArray[np.int64]


def line_signatures(score: Score, config: NearDuplicateConfig) -> Signatures:
    """(L, 64) a sketch for each line of a score that is rich enough to be recognised; drum kits have none."""
    line, pitch = _lines(score)
    return _sketches(*_ngrams(line, pitch, config.ngram_length), config.min_ngrams)


def near_duplicates(signatures: Signatures, piece: NDArray[np.int64], threshold: float) -> NDArray[np.int64]:
    """(E, 2) pairs of pieces that have a line in common, enough of them to link all that are alike.

    `signatures` (L, 64) are the lines of all pieces, `piece` (L,) the number of the piece that each belongs to. A
    `threshold` of 1 finds none.
    """
    if threshold >= 1 or not len(signatures):
        return np.empty((0, 2), np.int64)
    order = np.lexsort((signatures[:, 1], signatures[:, 0]))  # lines that are alike come to stand near each other
    signatures, piece = signatures[order], piece[order]
    one, other = _candidates(signatures, piece)
    looks = np.arange(0, len(one), _PAIRS_PER_LOOK)[1:]
    alike = [
        resemblance(signatures[a], signatures[b]) >= threshold
        for a, b in zip(np.split(one, looks), np.split(other, looks), strict=True)
    ]
    found = np.sort(np.column_stack([piece[one], piece[other]])[np.concatenate(alike)], axis=1)
    return np.unique(found, axis=0)


def resemblance(one: Signatures, other: Signatures) -> NDArray[np.float64]:
    """(P,) how much of their n-grams two lines share, row by row, from 0 to 1: shared / sqrt(one * other).

    Sketches are compared as far as both reach: below the largest hash of the one that is cut first.
    """
    reach = np.minimum(one[:, -1], other[:, -1])[:, None]
    both = np.sort(np.concatenate([one, other], axis=1), axis=1)
    is_shared = (both[:, 1:] == both[:, :-1]) & (both[:, 1:] <= reach) & (both[:, 1:] != _NONE)
    sizes = [((sketch <= reach) & (sketch != _NONE)).sum(axis=1) for sketch in (one, other)]
    return np.asarray(is_shared.sum(axis=1) / np.sqrt(np.maximum(sizes[0] * sizes[1], 1)))


def _candidates(signatures: Signatures, piece: Column) -> tuple[Column, Column]:
    """Pairs of lines of different pieces that stand near each other among the lines of several hashes."""
    num_parts = 1 + len(signatures) // _LINES_PER_PART
    met = np.sort(np.concatenate([_meetings(signatures, piece, part, num_parts) for part in range(num_parts)]))
    last = met[_CANDIDATE_SHARED - 1 :]
    often = np.unique(last[last == met[: len(last)]])
    return np.divmod(often, len(signatures))


def _meetings(signatures: Signatures, piece: Column, part: int, num_parts: int) -> Column:
    """Pairs of lines, as one * L + other, once for each hash that brings them together; one part of all hashes."""
    hashes = signatures[:, :_CANDIDATE_HASHES]
    line, rank = np.nonzero((hashes % np.uint32(num_parts) == part) & (hashes != _NONE))
    keys = np.sort(hashes[line, rank].astype(np.uint64) << 32 | line.astype(np.uint64))
    hashed, line = (keys >> 32).astype(np.uint32), (keys & _LOW).astype(np.int64)
    pairs = []
    for distance in range(1, _NEIGHBOURS + 1):
        one, other = line[:-distance], line[distance:]
        meets = (hashed[:-distance] == hashed[distance:]) & (piece[one] != piece[other])
        pairs.append(one[meets] * len(signatures) + other[meets])
    return np.concatenate(pairs)


def _lines(score: Score) -> tuple[Column, Column]:
    """The lines of a score one after the other: line number and pitch, in order of onset."""
    notes = score.notes.take(~score.is_drum)
    onset, pitch, track = (column.astype(np.int64) for column in (notes.onset, notes.pitch, notes.track))
    if not len(onset):
        return onset, pitch
    tolerance = score.ticks_per_beat // _TOGETHER
    chords = np.flatnonzero(np.diff(onset, prepend=-1 - tolerance) > tolerance)
    highest, lowest = np.maximum.reduceat(pitch, chords), np.minimum.reduceat(pitch, chords)

    by_track = np.argsort(track, kind="stable")
    onset, pitch, track = onset[by_track], pitch[by_track], track[by_track]
    is_apart = (np.diff(onset, prepend=-1 - tolerance) > tolerance) | (np.diff(track, prepend=-1) != 0)
    starts = np.flatnonzero(is_apart)
    top, onset, track = np.maximum.reduceat(pitch, starts), onset[starts], track[starts]
    melodic = np.bincount(track, np.diff(starts, append=len(pitch))) <= _MELODIC * np.bincount(track)
    all_notes = melodic[track] & (track[0] != track[-1])  # of a track alone the highest notes are taken already
    on_beat = melodic[track] & (onset % score.ticks_per_beat == 0)
    return (
        np.concatenate([
            np.full(len(highest), _HIGHEST), np.full(len(lowest), _LOWEST),
            _FIRST_TRACK + 2 * track[all_notes], _FIRST_TRACK + 1 + 2 * track[on_beat],
        ]),
        np.concatenate([highest, lowest, top[all_notes], top[on_beat]]),
    )  # fmt: skip


def _ngrams(line: Column, pitch: Column, length: int) -> tuple[NDArray[np.uint32], Column]:
    """Hashes of the runs of `length` intervals within a line, repeated notes left out, and the lines they are of."""
    moves = (np.diff(line, prepend=-1) != 0) | (np.diff(pitch, prepend=-1) != 0)
    line, interval = line[moves], np.diff(pitch[moves]).astype(np.uint64)
    count = max(len(interval) - length + 1, 0)
    hashed = np.zeros(count, np.uint64)
    for start in range(length):
        hashed = (hashed + interval[start : start + count]) * _FACTOR
    hashed = (hashed ^ hashed >> np.uint64(29)) * _MIX >> np.uint64(32)
    whole = line[:count] == line[length : length + count]
    return hashed[whole].astype(np.uint32), line[:count][whole]


def _sketches(grams: NDArray[np.uint32], line: Column, min_ngrams: int) -> Signatures:
    """A sketch for each line of `min_ngrams` different n-grams or more; of lines that are the same, one."""
    keys = np.sort(line.astype(np.uint64) << 32 | grams)
    keys = keys[np.diff(keys, prepend=~keys[:1]) != 0]
    grams, line = (keys & _LOW).astype(np.uint32), (keys >> 32).astype(np.int64)
    starts = np.flatnonzero(np.diff(line, prepend=-1))
    sizes = np.diff(starts, append=len(line))
    number = np.repeat(np.arange(len(starts)), sizes)
    rank = np.arange(len(line)) - starts[number]
    sketches = np.full((len(starts), NUM_HASHES), _NONE)
    kept = rank < NUM_HASHES
    sketches[number[kept], rank[kept]] = grams[kept]
    richest = sketches[np.argsort(-sizes, kind="stable")][: np.count_nonzero(sizes >= min_ngrams)]
    _, different = np.unique(richest[:, :2], axis=0, return_index=True)
    return richest[np.sort(different)[:_MOST_LINES]]
