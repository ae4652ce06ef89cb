"""From the events of one track to its parts: which message ends which note, and which program plays it. Columns only.

The parts are those of symusic, which reads sound files here: one for each program of each channel that plays a note,
by channel and program. Notes of one pitch end first in, first out. Controllers and bends before the first note of a
program belong to it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurl_core.parsing.assembly import Part
from aurl_core.parsing.reading import ENDLESS, LATEST_TICK
from aurl_core.parsing.salvage_events import BEND, CONTROL, NOTE_OFF, NOTE_ON, PROGRAM, TrackEvents
from aurl_core.score.instrument import DRUM_CHANNEL

_Ints = NDArray[np.int64]


class Controls(NamedTuple):
    """Controllers or bends of one part: ticks, controller numbers (0 of bends) and values."""

    onset: _Ints
    number: _Ints
    value: _Ints


class SoundingPart(NamedTuple):
    """A part with what steers it."""

    part: Part
    controls: Controls
    bends: Controls


class _Messages(NamedTuple):
    """Channel messages: columns of equal length."""

    tick: _Ints
    kind: _Ints
    """High half of the status."""
    channel: _Ints
    first: _Ints
    second: _Ints
    program: _Ints
    """That of the channel when the message comes."""

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> _Messages:
        return _Messages(*(column[rows] for column in self))


def parts_of_track(events: TrackEvents, *, name: str) -> list[SoundingPart]:
    """The parts of a track, named alike. A note that nothing ends lasts `ENDLESS` ticks beyond the track's end."""
    messages = _messages(events)
    is_on = (messages.kind == NOTE_ON) & (messages.second > 0)
    if not is_on.any():
        return []
    is_off = (messages.kind == NOTE_OFF) | ((messages.kind == NOTE_ON) & (messages.second == 0))
    rows, ends = _paired(messages, is_on, is_off, end=events.end + ENDLESS)
    keys = messages.channel << 7 | messages.program
    steered = _steered_part(messages, keys, rows)
    return [
        SoundingPart(
            _part(messages.take(rows[keys[rows] == key]), ends[keys[rows] == key], name),
            _controls(messages.take((steered == key) & (messages.kind == CONTROL))),
            _bends(messages.take((steered == key) & (messages.kind == BEND))),
        )
        for key in np.unique(keys[rows]).tolist()
    ]


def _messages(events: TrackEvents) -> _Messages:
    tick, status, first, second = (
        np.array(column, np.int64) for column in (events.ticks, events.statuses, events.firsts, events.seconds)
    )
    kind, channel = status >> 4, status & 0xF
    is_program = (kind == PROGRAM) & (first < 0x80)
    last_change = np.full(len(tick), -1)
    for number in np.unique(channel[is_program]).tolist():
        rows = np.flatnonzero(channel == number)
        last_change[rows] = np.maximum.accumulate(np.where(is_program[rows], rows, -1))
    program = np.where(last_change >= 0, first[last_change], 0) if len(tick) else tick
    return _Messages(tick, kind, channel, first, second, program).take(tick <= LATEST_TICK)


def _paired(
    messages: _Messages, is_on: NDArray[np.bool_], is_off: NDArray[np.bool_], *, end: int
) -> tuple[NDArray[np.intp], _Ints]:
    """The rows of the messages that start a note, and when each note ends: first in, first out.

    An end while nothing of its pitch sounds is passed over: along a pitch's messages the number of sounding notes is
    the sum of starts less ends, kept from falling below 0.
    """
    rows = np.flatnonzero((is_on | is_off) & (messages.first < 0x80))
    lines = messages.channel[rows] << 7 | messages.first[rows]
    rows = rows[order := np.argsort(lines, kind="stable")]
    lines = lines[order]
    is_first = np.append(True, lines[1:] != lines[:-1])
    group = np.cumsum(is_first) - 1
    steps = np.where(is_on[rows], 1, -1)
    level = np.cumsum(steps)
    level -= (level - steps)[is_first][group]
    # Each group is lowered below all that came before it, so that one running minimum serves all of them.
    depth = len(rows) + 1
    lowest = np.minimum.accumulate(np.minimum(level, 0) - group * depth) + group * depth
    previous = np.where(is_first, 0, np.append(0, lowest[:-1]))
    is_end = ~is_on[rows] & (lowest == previous)
    starts, ends = np.flatnonzero(is_on[rows]), np.flatnonzero(is_end)
    nth_start = np.arange(len(starts)) - np.searchsorted(starts, np.flatnonzero(is_first))[group[starts]]
    first_end = np.searchsorted(ends, np.flatnonzero(is_first))
    num_ends = np.diff(np.append(first_end, len(ends)))
    has_end = nth_start < num_ends[group[starts]]
    offset = np.full(len(starts), end)
    offset[has_end] = messages.tick[rows[ends[(first_end[group[starts]] + nth_start)[has_end]]]]
    by_time = np.argsort(rows[starts])
    return rows[starts][by_time], offset[by_time]


def _steered_part(messages: _Messages, keys: _Ints, starts: NDArray[np.intp]) -> _Ints:
    """For each message the part that it steers: that of its program if it has played, else the next to play, or -1."""
    parts, first = np.unique(keys[starts], return_index=True)
    begun = starts[first]
    steered = np.full(len(keys), -1)
    for channel in np.unique(parts >> 7).tolist():
        of_channel = np.flatnonzero(parts >> 7 == channel)
        of_channel = of_channel[np.argsort(begun[of_channel])]
        rows = np.flatnonzero(messages.channel == channel)
        place = np.searchsorted(parts, keys[rows])
        place = np.minimum(place, len(parts) - 1)
        has_played = (parts[place] == keys[rows]) & (begun[place] < rows)
        coming = np.searchsorted(begun[of_channel], rows)
        after = np.append(parts[of_channel], -1)[coming]
        steered[rows] = np.where(has_played, keys[rows], after)
    return steered


def _part(starts: _Messages, ends: _Ints, name: str) -> Part:
    channel, program = int(starts.channel[0]), int(starts.program[0])
    onset = starts.tick.astype(np.int32)
    duration = (ends - starts.tick).astype(np.int32)
    return Part(name, program, channel == DRUM_CHANNEL, onset, duration, starts.first, starts.second)


def _controls(rows: _Messages) -> Controls:
    return Controls(rows.tick, rows.first, rows.second)


def _bends(rows: _Messages) -> Controls:
    return Controls(rows.tick, np.zeros(len(rows.tick), np.int64), (rows.second << 7 | rows.first) - 8192)
