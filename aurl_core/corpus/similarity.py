"""Which pieces share a line of music: MinHash over n-grams of intervals. What is made of that lives in splits.py.

A fingerprint says whether two pieces are the same notes; here a chorale melody that was harmonised twice, in two keys,
is found too. Rhythm is left out and repeated notes count once, since other words change both. Ornaments do the same to
the notes off the beat, so each line is also compared by its notes on the beat alone. On the 413 chorales of music21
this links 87 % of the pairs that have one title (some titles have two melodies), and next to no others. Two played
performances of a piece are not found: their beats and chords are not aligned.

Broder, "On the resemblance and containment of documents" (1997); banding after Leskovec, Rajaraman and Ullman, "Mining
of Massive Datasets", ch. 3.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.corpus.params import NearDuplicateConfig
from aurl_core.random_streams import stream
from aurl_core.score.score import Score

NUM_HASHES: Final = 120
"""Numbers in a signature: the Jaccard index is estimated to about 0.04."""
_BAND_ROWS: Final = 2
"""Numbers in a band: lines of Jaccard index 0.3 meet in one of the 60 bands with probability 0.996."""
_NEIGHBOURS: Final = 4
"""How many of the next lines in a band each line is compared with; more alike ones are linked through each other."""
_SEED: Final = 0
"""Signatures are the same in every corpus, whatever the pipeline's seed."""
_FACTORS, _TERMS = stream(_SEED, "minhash").integers(1, 1 << 63, (2, NUM_HASHES), np.uint64)
_FACTORS |= np.uint64(1)
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)

Signatures = NDArray[np.uint32]
Column = NDArray[np.int64]


def line_signatures(score: Score, config: NearDuplicateConfig) -> Signatures:
    """(L, 120) a MinHash signature for each line of a score that is rich enough to be recognised.

    A line is the highest note at each onset of a track that is not a drum kit; it is taken twice, with all its notes
    and with those on a beat.
    """
    track, pitch, onset = _lines(score)
    on_beat = onset % score.ticks_per_beat == 0
    views = [(track, pitch), (track[on_beat], pitch[on_beat])]
    return np.concatenate(
        [_minhash(*_ngrams(*line, config.ngram_length, view), config.min_ngrams) for view, line in enumerate(views)]
    )


def near_duplicates(signatures: Signatures, piece: NDArray[np.int64], threshold: float) -> NDArray[np.int64]:
    """(E, 2) pairs of pieces that have a line in common, enough of them to link all that are alike.

    `signatures` (L, 120) are the lines of all pieces, `piece` (L,) the number of the piece that each belongs to.
    """
    pairs = [np.empty((0, 2), np.int64)]
    for first in range(0, NUM_HASHES if threshold < 1 else 0, _BAND_ROWS):
        band = _mixed([signatures[:, first + row].astype(np.uint64) for row in range(_BAND_ROWS)])
        order = np.argsort(band, kind="stable")
        for distance in range(1, _NEIGHBOURS + 1):
            one, other = order[:-distance], order[distance:]
            candidates = (band[one] == band[other]) & (piece[one] != piece[other])
            one, other = one[candidates], other[candidates]
            alike = (signatures[one] == signatures[other]).mean(axis=1) >= threshold
            pairs.append(np.sort(np.column_stack([piece[one], piece[other]])[alike], axis=1))
    return np.unique(np.concatenate(pairs), axis=0)


def _lines(score: Score) -> tuple[Column, Column, Column]:
    """Track, pitch and onset of the highest note at each onset of each pitched track, by track and onset."""
    notes = score.notes.take(~score.is_drum)
    order = np.lexsort((notes.pitch, notes.onset, notes.track))
    track, pitch, onset = (column[order].astype(np.int64) for column in (notes.track, notes.pitch, notes.onset))
    is_highest = (np.diff(track, append=-1) != 0) | (np.diff(onset, append=-1) != 0)
    return track[is_highest], pitch[is_highest], onset[is_highest]


def _ngrams(track: Column, pitch: Column, length: int, view: int) -> tuple[NDArray[np.uint64], Column]:
    """Hashes of the runs of `length` intervals within a track, repeated notes left out, and their tracks; by track."""
    moves = (np.diff(track, prepend=-1) != 0) | (np.diff(pitch, prepend=-1) != 0)
    track, interval = track[moves], np.diff(pitch[moves]).astype(np.uint64)
    count = max(len(interval) - length + 1, 0)
    grams = _mixed([np.full(count, view, np.uint64), *(interval[start : start + count] for start in range(length))])
    whole = track[:count] == track[length : length + count]
    return grams[whole], track[:count][whole]


def _minhash(grams: NDArray[np.uint64], owner: Column, min_ngrams: int) -> Signatures:
    """A signature for each owner of `min_ngrams` different n-grams or more."""
    if not len(grams):
        return np.empty((0, NUM_HASHES), np.uint32)
    order = np.lexsort((grams, owner))
    grams, owner = grams[order], owner[order]
    is_different = np.append(True, (np.diff(grams) != 0) | (np.diff(owner) != 0))
    grams, owner = grams[is_different], owner[is_different]
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    sizes = np.diff(starts, append=len(grams))
    hashed = (grams[:, None] * _FACTORS + _TERMS) >> np.uint64(32)
    return np.minimum.reduceat(hashed.astype(np.uint32), starts, axis=0)[sizes >= min_ngrams]


def _mixed(columns: list[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """One well-mixed hash of several columns."""
    hashed = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        hashed = (hashed ^ column) * _MIX
        hashed ^= hashed >> np.uint64(29)
    return hashed
