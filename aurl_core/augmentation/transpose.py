"""Moving a score up or down by semitones, and how far its instruments let it. Which shift is policy.py's business."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aurl_core.score.instrument import DRUMS, FAMILY_RANGES, families_of
from aurl_core.score.score import EVENT_KINDS, Events, Score

_KEY_SIGNATURE = EVENT_KINDS.index("key_signature")
_CHORD_SYMBOL = EVENT_KINDS.index("chord_symbol")
_FIFTHS_PER_SEMITONE = 7


def transpose(score: Score, semitones: int) -> Score:
    """Every pitch but the drums' moved by `semitones`, key signatures with it; chord symbols, being text, are left out.

    The caller sees to it that no pitch leaves 0-127 (`allowed_shifts`).
    """
    if not semitones:
        return score
    moved = np.where(score.is_drum, score.notes.pitch, score.notes.pitch.astype(np.int16) + semitones)
    notes = replace(score.notes, pitch=moved.astype(np.uint8))
    return replace(score, notes=notes, events=_transposed_events(score.events, semitones))


def allowed_shifts(score: Score, semitones: tuple[int, int]) -> range:
    """The shifts from the lowest to the highest of `semitones` that keep every family of instruments in its range.

    0 is always one of them: a family that is beyond its range already may stay or come nearer to it.
    """
    lowest, highest = min(semitones[0], 0), max(semitones[1], 0)
    family = families_of(score.tracks)[score.notes.track]
    is_pitched = family != DRUMS
    if not is_pitched.any():
        return range(1)
    least, most = FAMILY_RANGES[family[is_pitched]].T.astype(np.int16)
    pitch = score.notes.pitch[is_pitched]
    down, up = int((least - pitch).max()), int((most - pitch).min())
    return range(max(lowest, min(down, 0)), min(highest, max(up, 0)) + 1)


def _transposed_events(events: Events, semitones: int) -> Events:
    """Key signatures are moved along the circle of fifths to one of -5 to 6 sharps."""
    sharps = (events.number + _FIFTHS_PER_SEMITONE * semitones + 5) % 12 - 5
    number = np.where(events.kind == _KEY_SIGNATURE, sharps, events.number).astype(np.int32)
    return replace(events, number=number).take(events.kind != _CHORD_SYMBOL)
