"""Which notes of a staff stand together as chords, and which voice each chord sings in. No rhythm is spelled here."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import Notes

MIDDLE_C: Final = 60
_LOWEST_SHARE: Final = 0.1
"""A second staff is worth it if at least this share of the notes lies on either side of middle C, …"""
_WIDEST_SINGLE_STAFF: Final = 24
"""… and the track spans more semitones than this."""
_WIDEST_FIGURE: Final = 12
"""Notes of one beat within so many semitones stay together on one staff."""


class Chord(NamedTuple):
    """Notes that begin and end together in one voice, in steps."""

    onset: int
    duration: int
    pitches: tuple[int, ...]
    """Ascending and all different."""
    fifths: int = 0
    """The key in which they are spelled, in sharps; it stays when they are held into another key."""

    @property
    def offset(self) -> int:
        return self.onset + self.duration


def staves_of(notes: Notes, *, steps_per_beat: int) -> list[Notes]:
    """A track's notes as one staff or, if they span over two octaves around middle C, as a treble and a bass."""
    if not len(notes):
        return [notes]
    is_low, is_wide = notes.pitch < MIDDLE_C, int(np.ptp(notes.pitch)) > _WIDEST_SINGLE_STAFF
    if not is_wide or not _LOWEST_SHARE <= is_low.mean() <= 1 - _LOWEST_SHARE:
        return [notes]
    _, first = np.unique(notes.onset // steps_per_beat, return_index=True)
    beats = np.split(notes.pitch.astype(np.int64), first[1:])
    is_low = np.concatenate([pitches < _division(pitches) for pitches in beats])
    return [notes.take(~is_low), notes.take(is_low)]


def _division(pitches: NDArray[np.int64]) -> float:
    """Where one beat's notes part: nowhere if they lie close, else in the widest gap near middle C."""
    if np.ptp(pitches) <= _WIDEST_FIGURE:
        return 0 if pitches.mean() >= MIDDLE_C else 128
    ascending = np.unique(pitches)
    middles = (ascending[:-1] + ascending[1:]) / 2
    return float(middles[np.argmax(np.diff(ascending) - 2 * np.abs(middles - MIDDLE_C))])


def voices_of(notes: Notes) -> list[list[Chord]]:
    """The fewest voices in which no two chords overlap, each in order of onset; higher chords take the first voices.

    >>> voices_of(Notes.of(onset=[0, 0, 24], duration=[48, 24, 24], pitch=[60, 72, 74]))
    [[Chord(onset=0, duration=24, pitches=(72,), fifths=0), Chord(onset=24, duration=24, pitches=(74,), fifths=0)], \
[Chord(onset=0, duration=48, pitches=(60,), fifths=0)]]
    """
    voices: list[list[Chord]] = []
    for chord in _chords(notes):
        free = next((voice for voice in voices if voice[-1].offset <= chord.onset), None)
        if free is None:
            free = []
            voices.append(free)
        free.append(chord)
    return voices


def _chords(notes: Notes) -> list[Chord]:
    """Notes of one onset and duration joined, unless a note of another duration lies between their pitches."""
    order = np.lexsort((-notes.pitch.astype(np.int64), notes.onset))
    rows = zip(notes.onset[order].tolist(), notes.duration[order].tolist(), notes.pitch[order].tolist(), strict=True)
    chords: list[Chord] = []
    for onset, duration, pitch in rows:
        last = chords[-1] if chords else None
        if last and last[:2] == (onset, duration) and pitch < last.pitches[0]:
            chords[-1] = last._replace(pitches=(pitch, *last.pitches))
        else:
            chords.append(Chord(onset, duration, (pitch,)))
    return chords
