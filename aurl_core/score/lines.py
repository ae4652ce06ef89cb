"""Lines: the notes of one pitch of one track, which a MIDI file cannot let start together or overlap.

Functions of notes answer with durations as they should be; 0 takes a note out. Notes stand in the order of `Notes.of`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import Notes, Score

NEVER: Final = np.iinfo(np.int32).max
"""More ticks than any piece has."""


def playable(score: Score) -> Score:
    """The score as a MIDI file can hold it; see `apart`."""
    return score.with_notes(apart(score.notes))


def apart(notes: Notes) -> Notes:
    """Of notes of a line that start together the longest, and none that lasts into the next."""
    for mend in (drop_duplicates, cut_overlaps):
        durations = mend(notes)
        notes = replace(notes, duration=durations).take(durations > 0)
    return notes


def drop_duplicates(notes: Notes) -> NDArray[np.int32]:
    """Durations in which, of a line's notes that start together, the longest alone is left."""
    is_repeated = (
        (notes.onset[1:] == notes.onset[:-1])
        & (notes.pitch[1:] == notes.pitch[:-1])
        & (notes.track[1:] == notes.track[:-1])
    )
    if not is_repeated.any():
        return notes.duration
    durations, start = notes.duration.copy(), np.flatnonzero(is_repeated)
    group = np.cumsum(np.append(True, ~is_repeated))
    rows = np.union1d(start, start + 1)
    rows = rows[np.lexsort([durations[rows], group[rows]])]
    durations[rows[:-1][group[rows[1:]] == group[rows[:-1]]]] = 0
    return durations


def cut_overlaps(notes: Notes) -> NDArray[np.int32]:
    """Durations in which a note that still sounds when its pitch starts again in its track ends there."""
    order, room = room_of(notes)
    length = notes.duration[order]
    if not (room < length).any():
        return notes.duration
    durations = np.empty_like(length)
    durations[order] = np.minimum(room, length)
    return durations


def room_of(notes: Notes) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """The notes line by line, and for each of them the ticks until the next of its line starts."""
    line = line_of(notes)
    order = np.argsort(line, kind="stable")
    line, onset = line[order], notes.onset[order]
    room = np.full(len(notes), NEVER, np.int32)
    np.subtract(onset[1:], onset[:-1], out=room[:-1], where=line[1:] == line[:-1])
    return order, room


def line_of(notes: Notes) -> NDArray[Any]:
    """A number for each line; in two bytes where they suffice, which numpy sorts ten times as fast."""
    highest = int(notes.track.max(initial=0)) << 7 | 0x7F
    lines: NDArray[Any] = notes.track.astype(np.uint16 if highest <= np.iinfo(np.uint16).max else np.uint32)
    return lines << 7 | notes.pitch
