"""Moving a score up or down by semitones. How far is policy.py's business."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aurl_core.score.score import EVENT_KINDS, Events, Score

_KEY_SIGNATURE = EVENT_KINDS.index("key_signature")
_CHORD_SYMBOL = EVENT_KINDS.index("chord_symbol")
_FIFTHS_PER_SEMITONE = 7


def transpose(score: Score, semitones: int) -> Score:
    """Every pitch but the drums' moved by `semitones`, key signatures with it; chord symbols, being text, are left out.

    The caller sees to it that no pitch leaves 0-127 (`pitch_range`).
    """
    if not semitones:
        return score
    moved = np.where(score.is_drum, score.notes.pitch, score.notes.pitch.astype(np.int16) + semitones)
    notes = replace(score.notes, pitch=moved.astype(np.uint8))
    return replace(score, notes=notes, events=_transposed_events(score.events, semitones))


def pitch_range(score: Score) -> tuple[int, int] | None:
    """The lowest and highest pitch that is not a drum's; None if there is none."""
    pitch = score.notes.pitch[~score.is_drum]
    return (int(pitch.min()), int(pitch.max())) if len(pitch) else None


def _transposed_events(events: Events, semitones: int) -> Events:
    """Key signatures are moved along the circle of fifths to one of -5 to 6 sharps."""
    sharps = (events.number + _FIFTHS_PER_SEMITONE * semitones + 5) % 12 - 5
    number = np.where(events.kind == _KEY_SIGNATURE, sharps, events.number).astype(np.int32)
    return replace(events, number=number).take(events.kind != _CHORD_SYMBOL)
