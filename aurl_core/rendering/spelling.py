"""Pitches spelled: a step, an alteration and an octave for each pitch under a key. No file format lives here."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from aurl_core.score.score import Notes

_FIFTHS: Final = "FCGDAEB"
"""The natural steps along the line of fifths, on which F is -1 and C is 0."""
_FLATTEST: Final = -3
"""The flattest tone used above C, in fifths: a piece in C writes E flat but G sharp."""
_KEYS: Final = (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6)
"""Key signatures by number of sharps (flats negative), plainest first."""
_MAJOR_SCALE: Final = np.array([0, 2, 4, 5, 7, 9, 11])


class Spelling(NamedTuple):
    """A written pitch: `alter` semitones above the natural `step` in `octave` (C4 is middle C)."""

    step: str
    alter: int
    octave: int


def spell_pitch(pitch: int, *, fifths: int) -> Spelling:
    """How `pitch` is written in the key of `fifths` sharps (flats negative): the nearest tone on the line of fifths.

    >>> spell_pitch(61, fifths=4), spell_pitch(61, fifths=-4)
    (Spelling(step='C', alter=1, octave=4), Spelling(step='D', alter=-1, octave=4))
    """
    flattest = fifths + _FLATTEST
    place = flattest + (pitch * 7 - flattest) % 12
    step, alter = _FIFTHS[(place + 1) % 7], (place + 1) // 7
    return Spelling(step, alter, (pitch - alter) // 12 - 1)


def signature_alter(step: str, *, fifths: int) -> int:
    """What the key signature of `fifths` sharps does to a natural step: -1, 0 or 1."""
    return (fifths + 6 - _FIFTHS.index(step)) // 7


def likely_fifths(notes: Notes) -> int:
    """The key signature, in sharps, whose scale holds most of the sounding time; of equal ones the plainest.

    >>> likely_fifths(Notes.of(onset=0, duration=24, pitch=[62, 66, 69, 61]))
    2
    """
    sounding = np.bincount(notes.pitch % 12, weights=notes.duration, minlength=12)
    return max(_KEYS, key=lambda fifths: float(sounding[(_MAJOR_SCALE + 7 * fifths) % 12].sum()))
