"""Pitches: names, pitch classes and the piano's range."""

from __future__ import annotations

PITCH_CLASS_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
LOWEST_PIANO_PITCH = 21
HIGHEST_PIANO_PITCH = 108


def pitch_name(pitch: int) -> str:
    """Scientific name of a MIDI pitch, middle C being C4.

    >>> pitch_name(60), pitch_name(21)
    ('C4', 'A0')
    """
    return f"{PITCH_CLASS_NAMES[pitch % 12]}{pitch // 12 - 1}"
