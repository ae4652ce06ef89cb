"""Defects of notes, one function each. It answers with a column as it should be; a duration of 0 takes a note out.

Notes stand by onset, track, pitch and duration. Two more defects, notes of one line that start together or overlap, are
mended in aurl_core.score.lines.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.parsing.params import Overlaps
from aurl_core.score.lines import NEVER, line_of, room_of
from aurl_core.score.score import Notes

MAX_VELOCITY: Final = 127


def limit_velocities(notes: Notes) -> NDArray[np.uint8]:
    """Velocities of at most 127, the most a MIDI message can hold."""
    if notes.velocity.max() <= MAX_VELOCITY:
        return notes.velocity
    return np.minimum(notes.velocity, np.uint8(MAX_VELOCITY))


def paired(notes: Notes, stuck: NDArray[np.intp], policy: Overlaps) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """Durations in which a message that ends a pitch ends the note that `policy` says; and the notes that none ends.

    `notes` are paired first in, first out, those at `stuck` with no message. Of the notes of its line that sound, a
    message ends the oldest (`fifo`), the latest (`lifo`) or all (`close_all`). A note without length keeps its own
    message.
    """
    rows = np.flatnonzero((notes.duration > 0) | np.isin(np.arange(len(notes)), stuck))
    line, onset = line_of(notes)[rows].astype(np.int64), notes.onset[rows].astype(np.int64)
    ends = notes.offset[rows].astype(np.int64)
    ends[np.isin(rows, stuck)] = NEVER
    chosen = _latest_ended(line, onset, ends) if policy == "lifo" else _all_ended(line, onset, ends)
    durations = notes.duration.copy()
    durations[rows] = np.where(chosen == NEVER, durations[rows], chosen - onset)
    return durations, rows[chosen == NEVER]


def _all_ended(line: NDArray[np.int64], onset: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each note the first end behind its onset on its line."""
    messages = np.sort(line << 32 | ends)
    first: NDArray[np.int64] = messages[np.searchsorted(messages, line << 32 | onset, side="right")] & 0xFFFFFFFF
    return first


def _latest_ended(line: NDArray[np.int64], onset: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each note the end that closes it as a bracket closes: with as many notes sounding as when it began."""
    count = len(line)
    is_start = np.arange(2 * count) < count
    lines, times = np.tile(line, 2), np.concatenate([onset, ends])
    order = np.lexsort([is_start, times, lines])  # an end comes before a start at the same time
    steps = np.where(is_start[order], 1, -1)
    depth = np.cumsum(steps) + (steps < 0)
    brackets = order[np.lexsort([depth, lines[order]])]
    chosen = np.empty(count, np.int64)
    chosen[brackets[0::2]] = times[brackets[1::2]]
    return chosen


def end_stuck(notes: Notes, stuck: NDArray[np.intp], *, longest: int) -> NDArray[np.int32]:
    """Durations in which a note that nothing ends, lasting until its track does, lasts `longest` ticks at most, and no
    longer than until its pitch starts again."""
    durations = notes.duration.copy()
    durations[stuck] = np.clip(durations[stuck], 1, longest)
    order, room = room_of(notes)
    limit = np.empty_like(room)
    limit[order] = np.maximum(room, 1)
    durations[stuck] = np.minimum(durations[stuck], limit[stuck])
    return durations


def lengthen_empty(notes: Notes, *, shortest: int) -> NDArray[np.int32]:
    """Durations in which a note without length lasts `shortest` ticks."""
    if notes.duration.min() > 0:
        return notes.duration
    return np.where(notes.duration > 0, notes.duration, np.int32(shortest))
