"""Slower and faster: the same rhythm in more or fewer seconds.

On a grid the rhythm *is* the notes' steps, so a stretch is another tempo: stretched steps would fall between the grid's
and come out as another rhythm. What was played freely has no beats that its tempo speaks of; there the times themselves
are stretched. A token stream shows the first in its tempo tokens, the second in its time shifts.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import EVENT_KINDS, WHOLE_PIECE, Events, Notes, Score
from aurl_core.score.time import DEFAULT_TEMPO_BPM

_TEMPO = EVENT_KINDS.index("tempo")


def stretch_tempo(score: Score, factor: float) -> Score:
    """The score lasting `factor` times as long: every tempo divided by it, notes untouched.

    Where no tempo is said at the start, that of the default is written out.
    """
    events = score.events
    is_tempo = events.kind == _TEMPO
    if not (is_tempo & (events.onset == 0)).any():
        events = _joined(Events.of([("tempo", 0, WHOLE_PIECE, 0, DEFAULT_TEMPO_BPM, "")]), events)
        is_tempo = np.append(True, is_tempo)
    return score.with_events(replace(events, value=np.where(is_tempo, events.value / factor, events.value)))


def stretch_onsets(score: Score, factor: float) -> Score:
    """The score lasting `factor` times as long: every onset and offset multiplied by it, tempi untouched.

    Each is rounded by itself from the start of the piece, so nothing drifts; no note gets shorter than a tick.
    """
    notes = score.notes
    onset = _times(notes.onset, factor)
    duration = np.maximum(_times(notes.offset, factor) - onset, 1)
    events = replace(score.events, onset=_times(score.events.onset, factor))
    stretched = Notes.of(onset=onset, duration=duration, pitch=notes.pitch, velocity=notes.velocity, track=notes.track)
    return replace(score, notes=stretched, events=events)


def _times(ticks: NDArray[np.int32], factor: float) -> NDArray[np.int32]:
    stretched: NDArray[np.float64] = np.rint(ticks * factor)
    return stretched.astype(np.int32)


def _joined(first: Events, second: Events) -> Events:
    columns: list[NDArray[Any]] = [
        np.concatenate([getattr(first, field.name), getattr(second, field.name)]) for field in fields(Events)
    ]
    return Events(*columns)
