"""Repairs of what a file says that no music can mean: one function a defect. No file is read here.

A repair of notes answers with a column as it should be, a duration of 0 meaning that the note goes; a repair of events
answers which events go. `repair` applies them in turn and keeps the ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import EVENT_KINDS, Events, Notes, Score

EventRepair = Literal["tempo", "time_signature", "key_signature"]
NoteRepair = Literal["velocity", "zero_length_note", "duplicate_note", "overlapping_note"]

MAX_VELOCITY: Final = 127

_SHORTEST_BEATS: Final = 1 / 32
"""What a note without length becomes, in beats: the unit of the event vocabulary."""
_MAX_METER: Final = 64
_MAX_SHARPS: Final = 7


@dataclass(frozen=True, slots=True)
class Repairs:
    """What one kind of repair did to one score: columns of equal length."""

    kind: EventRepair | NoteRepair
    note_index: list[int | None]
    """Notes as numbered in the file as written; None for an event."""
    before: list[str]
    after: list[str]

    def __len__(self) -> int:
        return len(self.before)


def repair(score: Score, *, min_tempo_bpm: float, max_tempo_bpm: float) -> tuple[Score, list[Repairs]]:
    """The score without the defects known here, and what was done to it; nothing about kinds that did not occur."""
    events, event_ledger = _repair_events(score.events, min_tempo_bpm, max_tempo_bpm)
    notes, note_ledger = _repair_notes(score.notes, max(round(score.ticks_per_beat * _SHORTEST_BEATS), 1))
    return score.with_events(events).with_notes(notes), event_ledger + note_ledger


def _repair_events(events: Events, min_tempo_bpm: float, max_tempo_bpm: float) -> tuple[Events, list[Repairs]]:
    ledger: list[Repairs] = []
    absurd: tuple[tuple[EventRepair, Callable[[NDArray[np.int32], NDArray[np.float64]], NDArray[np.bool_]]], ...] = (
        ("tempo", lambda _, bpm: ~((bpm >= min_tempo_bpm) & (bpm <= max_tempo_bpm))),
        ("time_signature", is_no_meter),
        ("key_signature", is_no_key),
    )
    gone = np.zeros(len(events), bool)
    for kind, is_absurd in absurd:
        found = np.flatnonzero(events.kind == EVENT_KINDS.index(kind))
        rows = found[is_absurd(events.number[found], events.value[found])]
        if len(rows):
            gone[rows] = True
            columns = (events.onset[rows], events.number[rows], events.value[rows])
            before = [f"tick {onset}: {number} {value:g}" for onset, number, value in zip(*columns, strict=True)]
            ledger.append(Repairs(kind, [None] * len(rows), before, ["removed"] * len(rows)))
    return (events.take(~gone) if ledger else events), ledger


def is_no_meter(numerator: NDArray[np.int32], denominator: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which time signatures are none: not 1 to 64 over a power of two up to 64."""
    unit = denominator.astype(np.int64)
    is_unit = (unit >= 1) & (unit <= _MAX_METER) & (unit & (unit - 1) == 0)
    is_meter: NDArray[np.bool_] = (numerator >= 1) & (numerator <= _MAX_METER) & is_unit
    return ~is_meter


def is_no_key(sharps: NDArray[np.int32], is_minor: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which key signatures are none: more than seven sharps or flats, or neither major (0) nor minor (1)."""
    is_key: NDArray[np.bool_] = (np.abs(sharps) <= _MAX_SHARPS) & ((is_minor == 0) | (is_minor == 1))
    return ~is_key


def _repair_notes(notes: Notes, shortest: int) -> tuple[Notes, list[Repairs]]:
    ledger: list[Repairs] = []
    index = np.arange(len(notes))
    steps: tuple[tuple[NoteRepair, str, Callable[[Notes], NDArray[Any]]], ...] = (
        ("velocity", "velocity", limit_velocities),
        ("zero_length_note", "duration", partial(lengthen_empty, shortest=shortest)),
        ("duplicate_note", "duration", drop_duplicates),
        ("overlapping_note", "duration", cut_overlaps),
    )
    for kind, column, mend in steps:
        values, mended = getattr(notes, column), mend(notes)
        changed = np.flatnonzero(values != mended)
        if len(changed):
            before = [f"{column} {value}" for value in values[changed].tolist()]
            after = [f"{column} {value}" if value else "removed" for value in mended[changed].tolist()]
            ledger.append(Repairs(kind, index[changed].tolist(), before, after))
            notes = replace(notes, **{column: mended})
            notes, index = notes.take(mended > 0), index[mended > 0]
    return notes, ledger


def limit_velocities(notes: Notes) -> NDArray[np.uint8]:
    """Velocities of at most 127, the most a MIDI message can hold."""
    return np.minimum(notes.velocity, np.uint8(MAX_VELOCITY))


def lengthen_empty(notes: Notes, *, shortest: int) -> NDArray[np.int32]:
    """Durations in which a note without length lasts `shortest` ticks."""
    return np.where(notes.duration > 0, notes.duration, np.int32(shortest))


def drop_duplicates(notes: Notes) -> NDArray[np.int32]:
    """Durations in which, of a track's notes that start together on one pitch, the longest alone is left."""
    line = _line(notes)
    order = np.argsort(line, kind="stable")
    if not _is_repeated(line[order], notes.onset[order]).any():
        return notes.duration
    order = np.lexsort([notes.duration, notes.onset, line])
    durations = notes.duration.copy()
    durations[order[:-1][_is_repeated(line[order], notes.onset[order])]] = 0
    return durations


def cut_overlaps(notes: Notes) -> NDArray[np.int32]:
    """Durations in which a note that still sounds when its pitch starts again in its track ends there."""
    line = _line(notes)
    order = np.argsort(line, kind="stable")
    durations, onset = notes.duration.copy(), notes.onset[order]
    room = np.where(line[order[1:]] == line[order[:-1]], np.diff(onset), np.iinfo(np.int32).max)
    durations[order[:-1]] = np.minimum(durations[order[:-1]], room)
    return durations


def _is_repeated(line: NDArray[Any], onset: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Of sorted notes but the last: does the next start at the same time on the same pitch of the same track?"""
    is_repeated: NDArray[np.bool_] = (line[1:] == line[:-1]) & (onset[1:] == onset[:-1])
    return is_repeated


def _line(notes: Notes) -> NDArray[Any]:
    """A number for each pitch of each track; in two bytes where they suffice, which numpy sorts ten times as fast."""
    lines = notes.track.astype(np.uint32) << 7 | notes.pitch
    return lines.astype(np.uint16) if lines.max(initial=0) <= np.iinfo(np.uint16).max else lines
