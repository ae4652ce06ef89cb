"""What can be heard in one piece, as numbers: each metric is a free function of a `Score`.

Drums have no pitch and are left out of every metric but groove consistency. A metric that a piece leaves undefined
(no note, a single bar) is nan. Comparing sets of pieces is distribution.py's work, faults are technical.py's.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import Notes, Score
from aurl_core.score.time import BarGrid

_MAJOR: Final = (0, 2, 4, 5, 7, 9, 11)
_SCALES: Final = np.array([[(step - tonic) % 12 in _MAJOR for step in range(12)] for tonic in range(12)])
"""(12 tonics, 12 pitch classes): which pitch classes each major scale holds; natural minor scales are the same sets."""

_RHYTHM_GRID: Final = 12
"""Inter-onset intervals are told apart to a twelfth of a beat: 32nds and triplets stay distinct."""


def pitch_class_entropy(score: Score) -> float:
    """Shannon entropy of the histogram of pitch classes, in bits: -sum p log2 p, every note counting once.

    0 for a single pitch class, log2 12 = 3.58 when all twelve are equally common; nan without notes. Real Bach chorales
    come to 3.03. Wu and Yang 2020, "The Jazz Transformer on the Front Line", there per bar; whole piece as in MusPy.

    >>> pitch_class_entropy(Score(24, Notes.of(onset=[0, 24], duration=24, pitch=[60, 67])))
    1.0
    """
    share = _pitch_class_share(score)
    share = share[share > 0]
    return float(-(share * np.log2(share)).sum()) if len(share) else np.nan


def scale_consistency(score: Score) -> float:
    """The largest share of notes that any one of the twelve major (equally: natural minor) scales holds.

    Never below 7/12, the mean over the twelve; 1 for a purely diatonic piece; nan without notes. Real Bach chorales
    come to .930. Mogren 2016, "C-RNN-GAN"; MusPy.

    >>> scale_consistency(Score(24, Notes.of(onset=[0, 1, 2, 3], duration=1, pitch=[60, 62, 64, 61])))
    0.75
    """
    share = _pitch_class_share(score)
    return float((_SCALES @ share).max()) if share.any() else np.nan


def groove_consistency(score: Score, *, positions_per_beat: int) -> float:
    """How alike the onset patterns of neighbouring bars are: 1 - mean of Hamming distance / positions in the bar.

    A bar's pattern says for each position of the grid whether any note, drums too, starts there; onsets move to the
    nearest position. Neighbours of unequal length are not compared; nan when nothing can be. **It depends on the
    grid**: real Bach chorales come to .80 at 4 positions a beat and .93 at 12, since a finer grid is mostly empty.
    MusPy divides by the number of bars though there is one comparison less, which lifts short pieces; here the divisor
    is the number of comparisons. Dong et al. 2020, "MusPy", after Wu and Yang 2020.
    """
    bars = BarGrid.of(score)
    snapped = np.rint(score.notes.onset * positions_per_beat / score.ticks_per_beat) / positions_per_beat
    onset = np.rint(snapped * score.ticks_per_beat).astype(np.int64)
    position = np.rint(bars.position_of(onset) * positions_per_beat / score.ticks_per_beat).astype(np.int64)
    num_positions = np.ceil(bars.length * positions_per_beat / score.ticks_per_beat)
    pattern = np.zeros((len(bars), max(int(num_positions.max()), int(position.max(initial=0)) + 1)), bool)
    pattern[bars.bar_of(onset), position] = True
    alike = bars.length[1:] == bars.length[:-1]
    distance = np.count_nonzero(pattern[1:] != pattern[:-1], axis=1)[alike] / num_positions[1:][alike]
    return float(1 - distance.mean()) if len(distance) and len(score.notes) else np.nan


def notes_per_beat(score: Score) -> float:
    """Notes divided by the beats from the first onset to the last offset; nan without notes.

    Per beat and not per second, so that a slower tempo is not a sparser piece.
    """
    notes = pitched(score)
    return len(notes) / _beats(score, int(notes.offset.max()) - int(notes.onset.min())) if len(notes) else np.nan


def polyphony(score: Score) -> float:
    """Mean number of notes that sound at once, over the time in which at least one does; nan without notes.

    Weighted by time: a chord held for a beat weighs as four chords of a sixteenth. Unisons of two tracks count twice.
    MusPy counts time steps instead, which is the same on a grid.
    """
    length, sounding = _sounding(pitched(score))
    return _ratio(float((length * sounding).sum()), float(length[sounding > 0].sum()))


def polyphony_rate(score: Score) -> float:
    """Share of the sounding time in which two or more notes sound; nan without notes. MusPy, with its threshold 2."""
    length, sounding = _sounding(pitched(score))
    return _ratio(float(length[sounding > 1].sum()), float(length[sounding > 0].sum()))


def voices(score: Score) -> float:
    """The commonest number of notes sounding at once, weighted by time, of at least one: 4 for a chorale."""
    length, sounding = _sounding(pitched(score))
    weight = np.bincount(sounding, weights=length)[1:]
    return float(weight.argmax() + 1) if weight.any() else np.nan


def pitch_range(score: Score) -> float:
    """Semitones from the lowest to the highest note; nan without notes."""
    pitch = pitched(score).pitch
    return float(int(pitch.max()) - int(pitch.min())) if len(pitch) else np.nan


def num_pitches(score: Score) -> float:
    """How many different pitches occur; 0 without notes."""
    return float(len(np.unique(pitched(score).pitch)))


def mean_duration(score: Score) -> float:
    """Mean length of a note, in beats; nan without notes."""
    duration = pitched(score).duration
    return _beats(score, float(duration.mean())) if len(duration) else np.nan


def mean_inter_onset(score: Score) -> float:
    """Mean time between successive different onsets of the whole texture, in beats; nan with fewer than two."""
    gaps = np.diff(np.unique(pitched(score).onset))
    return _beats(score, float(gaps.mean())) if len(gaps) else np.nan


def rhythm_entropy(score: Score) -> float:
    """Shannon entropy of the inter-onset intervals rounded to a twelfth of a beat, in bits.

    0 when the texture moves evenly, higher the more various and even its intervals; nan with fewer than two onsets.
    """
    gaps = np.diff(np.unique(pitched(score).onset))
    counts = np.unique(np.rint(gaps * _RHYTHM_GRID / score.ticks_per_beat), return_counts=True)[1]
    share = counts / max(counts.sum(), 1)
    return float(-(share * np.log2(share)).sum()) + 0.0 if len(share) else np.nan


def empty_beat_rate(score: Score) -> float:
    """Share of the beats from the first note to the last in which nothing sounds at any time; nan without notes."""
    notes = pitched(score)
    if not len(notes):
        return np.nan
    first = notes.onset // score.ticks_per_beat
    last = np.maximum(notes.offset - 1, notes.onset) // score.ticks_per_beat
    change = np.zeros(int(last.max()) + 2, np.int64)
    np.add.at(change, first, 1)
    np.add.at(change, last + 1, -1)
    return float(np.mean(np.cumsum(change)[first.min() : -1] == 0))


def consonance(score: Score) -> float:
    """Share of the sounding pairs of notes, weighted by time, that are a unison, third, fourth, fifth, sixth or octave.

    nan where no two notes sound at once. Of wholly random pitches about 7/12.

    >>> consonance(Score(24, Notes.of(onset=[0, 0, 24, 24], duration=24, pitch=[60, 67, 60, 61])))
    0.5
    """
    notes = pitched(score)
    edges = np.unique(np.concatenate([notes.onset, notes.offset]))
    sounds = (notes.onset <= edges[:-1, None]) & (notes.offset > edges[:-1, None])
    counts = sounds @ np.eye(12)[notes.pitch % 12]
    pairs = np.stack([(counts * np.roll(counts, -step, 1)).sum(1) for step in range(1, 7)], axis=1)
    pairs[:, -1] /= 2  # a tritone up is a tritone down
    unisons = (counts * (counts - 1)).sum(1) / 2
    length = np.diff(edges)
    consonant = length @ (unisons + pairs[:, 2:5].sum(1))
    return _ratio(float(consonant), float(length @ (unisons + pairs.sum(1))))


def mean_leap(score: Score) -> float:
    """Mean distance between successive top notes, in semitones; nan with fewer than two onsets.

    The top note is the highest that begins at an onset, which is the melody of most pieces.
    """
    notes = pitched(score)
    order = np.lexsort((notes.pitch, notes.onset))
    onset, pitch = notes.onset[order], notes.pitch[order].astype(int)
    top = pitch[np.append(onset[1:] != onset[:-1], True)] if len(pitch) else pitch
    return float(np.abs(np.diff(top)).mean()) if len(top) > 1 else np.nan


def repeated_bar_rate(score: Score) -> float:
    """Share of the bars with notes whose notes (position, pitch, duration) all stood in an earlier bar of the piece.

    Verbatim and in the same key; nan without notes. Real chorales repeat their opening lines, so compare with them.
    """
    notes = score.notes
    if not len(notes):
        return np.nan
    bars = BarGrid.of(score)
    rows = np.stack([bars.position_of(notes.onset), notes.pitch, notes.duration], axis=1)
    order = np.lexsort((rows[:, 2], rows[:, 1], notes.onset))
    edges = np.flatnonzero(np.diff(bars.bar_of(notes.onset[order]))) + 1
    contents = [bar.tobytes() for bar in np.split(rows[order], edges)]
    return 1 - len(set(contents)) / len(contents)


def pitched(score: Score) -> Notes:
    """The notes that have a pitch: those of every track but the drums."""
    return score.notes.take(~score.is_drum)


def _pitch_class_share(score: Score) -> NDArray[np.float64]:
    """(12,) share of the notes in each pitch class; zeros without notes."""
    counts = np.bincount(pitched(score).pitch % 12, minlength=12)
    return counts / max(int(counts.sum()), 1)


def _sounding(notes: Notes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Lengths in ticks of the stretches between successive note edges, and how many notes sound in each."""
    edges = np.concatenate([notes.onset, notes.offset]).astype(np.int64)
    change = np.repeat([1, -1], len(notes))
    order = np.argsort(edges, kind="stable")
    return np.diff(edges[order]), np.cumsum(change[order])[:-1]


def _beats(score: Score, ticks: float) -> float:
    return ticks / score.ticks_per_beat


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else np.nan
