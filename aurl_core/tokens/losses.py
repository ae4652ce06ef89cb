"""`Losses`: what of a score a tokenizer could not say, as counts. Each tokenizer counts its own."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np

from aurl_core.score.score import EVENT_KINDS, Events
from aurl_core.tokens.changes import is_pedal


@dataclass(frozen=True, slots=True)
class Losses:
    """What the normal form of a score cost, as counts."""

    merged_unisons: int = 0
    cut_overlaps: int = 0
    lengthened_notes: int = 0
    """Notes shorter than a step, made one step long."""
    folded_pitches: int = 0
    dropped_pitches: int = 0
    dropped_sound_effects: int = 0
    clamped_tempos: int = 0
    """Tempo changes beyond the first and the last bin, moved to that."""
    shortened_notes: int = 0
    """Notes longer than can be said."""
    merged_tracks: int = 0
    """Tracks that joined another of their program because too many have it."""
    dropped_time_signatures: int = 0
    dropped_key_signatures: int = 0
    dropped_controls: int = 0
    """Control changes other than the sustain pedal of a track."""
    dropped_bends: int = 0
    dropped_texts: int = 0
    """Lyrics, markers, chord symbols and other words."""

    def __add__(self, other: Losses) -> Losses:
        return Losses(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))


def unsaid(events: Events) -> dict[str, int]:
    """The losses that are events of kinds which our own tokenizers do not say."""
    count = dict(zip(EVENT_KINDS, np.bincount(events.kind, minlength=len(EVENT_KINDS)).tolist(), strict=True))
    return {
        "dropped_key_signatures": count["key_signature"],
        "dropped_controls": count["control_change"] - int(np.count_nonzero(is_pedal(events))),
        "dropped_bends": count["pitch_bend"],
        "dropped_texts": sum(count[kind] for kind in ("lyric", "marker", "chord_symbol", "text")),
    }
