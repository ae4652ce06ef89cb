"""The events of one damaged track, one by one: what can be told apart before and after each fault. No music yet.

A plain loop over bytes, for files that the fast reader refuses or misreads; each byte is looked at a bounded number of
times. Times are ticks from the start of the track.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from aurl_core.parsing.container import Chunk
from aurl_core.parsing.reading import Fault

NOTE_OFF, NOTE_ON, CONTROL, PROGRAM, BEND = 0x8, 0x9, 0xB, 0xC, 0xE
"""High halves of the status bytes that are music; 0xA and 0xD are pressures, which a score does not hold."""
_DATA_BYTES: Final = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
_SYSTEM_BYTES: Final = {0xF1: 1, 0xF2: 2, 0xF3: 1}
"""Data bytes of the messages that live on cables only; those not named have none."""
_META, _SYSEX, _SYSEX_ESCAPE, _END_OF_TRACK = 0xFF, 0xF0, 0xF7, 0x2F
_PROOF: Final = 8
"""So many events in a row that follow the standard show that the reading is in step again."""
_SHORT_PROOF: Final = 2
"""As many suffice behind an event that is at fault in its values alone."""
_LONGEST_DELTA: Final = 1 << 20
"""A longer time between events behind a fault is a sign of being out of step, in ticks."""


@dataclass(slots=True)
class TrackEvents:
    """What was read of a track: channel messages as columns of equal length, meta events as rows."""

    ticks: array[int] = field(default_factory=lambda: array("q"))
    statuses: array[int] = field(default_factory=lambda: array("B"))
    firsts: array[int] = field(default_factory=lambda: array("B"))
    seconds: array[int] = field(default_factory=lambda: array("B"))
    """0 for messages of one data byte. Data bytes may be over 127 where the file's are."""
    metas: list[tuple[int, int, bytes]] = field(default_factory=list)
    """Tick, type and content."""
    end: int = 0
    """The track's length in ticks."""
    faults: list[Fault] = field(default_factory=list)

    def delay(self, ticks: int) -> None:
        """Let all of it happen later."""
        self.ticks = array("q", [tick + ticks for tick in self.ticks])
        self.metas = [(tick + ticks, kind, content) for tick, kind, content in self.metas]
        self.end += ticks


class _Event(NamedTuple):
    delta: int
    status: int
    """With a channel message, its status; 0xFF, 0xF0 or 0xF7 else."""
    content: int
    """Where its data bytes, or its meta type, begin."""
    end: int


class _BrokenError(Exception):
    """An event breaks the format: the byte and what is wrong there."""

    def __init__(self, position: int, detail: str) -> None:
        super().__init__(detail)
        self.position = position
        self.detail = detail


def read_events(data: bytes, track: Chunk) -> TrackEvents:
    """The events of the track, and the faults between them. Running status is kept across meta and system events."""
    found = TrackEvents()
    position, status = track.start, 0
    while position < track.end:
        try:
            event = _event(data, position, track.end, status)
        except _BrokenError as fault:
            found.faults.append(Fault("salvaged", fault.position, fault.detail))
            resumed = _resumed(data, position, track.end, status)
            if resumed is None:
                break
            if isinstance(resumed, int):
                position = resumed
                continue
            event = resumed
        found.end += event.delta
        if event.status < _SYSEX:
            status = event.status
            _add_message(found, data, event)
        elif event.status == _META:
            kind = data[event.content]
            if kind == _END_OF_TRACK and not _goes_on(data, event.end, track.end, found):
                return found
            if kind != _END_OF_TRACK:
                found.metas.append((found.end, kind, _content(data, event)))
        position = event.end
    if not found.faults:
        found.faults.append(Fault("salvaged", track.end, "the track has no end-of-track event"))
    return found


def _add_message(found: TrackEvents, data: bytes, event: _Event) -> None:
    found.ticks.append(found.end)
    found.statuses.append(event.status)
    found.firsts.append(data[event.content])
    found.seconds.append(data[event.content + 1] if event.end - event.content == 2 else 0)


def _content(data: bytes, event: _Event) -> bytes:
    _, start = _variable_length(data, event.content + 1, event.end)
    return data[start : event.end]


def _goes_on(data: bytes, position: int, end: int, found: TrackEvents) -> bool:
    """Whether there is music behind an end-of-track event: the size of the track, not the event, is its measure."""
    if position >= end:
        return False
    is_music = _is_in_step(data, position, end, 0)
    told = "the track goes on" if is_music else f"{end - position} bytes that are no events"
    found.faults.append(Fault("salvaged", position, f"{told} behind its end-of-track event"))
    return is_music


def _event(data: bytes, position: int, end: int, running: int) -> _Event:
    """The event at `position`; `running` is the status that holds if it has none. Raises _BrokenError."""
    delta, position = _variable_length(data, position, end)
    if position >= end:
        raise _BrokenError(position, "the track ends inside an event")
    status = data[position]
    if status < 0x80:
        if not running:
            raise _BrokenError(position, "a data byte where a status byte must stand")
        status = running
    else:
        position += 1
    if status < _SYSEX:
        after = position + _DATA_BYTES[status >> 4]
        if after > end:
            raise _BrokenError(position, "the track ends inside an event")
        if data[position] >= 0x80 or data[after - 1] >= 0x80:
            raise _BrokenError(position, f"{max(data[position:after])} where a data byte (0 to 127) must stand")
        return _Event(delta, status, position, after)
    if status not in (_META, _SYSEX, _SYSEX_ESCAPE):
        raise _BrokenError(position - 1, f"status {status:#04x} has no place in a file")
    if status == _META and (position >= end or data[position] >= 0x80):
        raise _BrokenError(position, "a meta event without a type")
    length, after = _variable_length(data, position + (status == _META), end)
    if after + length > end:
        raise _BrokenError(position, f"an event of {length} bytes goes past the end of the track")
    return _Event(delta, status, position, after + length)


def _variable_length(data: bytes, position: int, end: int) -> tuple[int, int]:
    """A variable-length quantity at `position`, and the position behind it."""
    number = 0
    for place in range(position, min(position + 4, end)):
        byte = data[place]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, place + 1
    if position + 4 > end:
        raise _BrokenError(end, "the track ends inside an event")
    raise _BrokenError(position, "a quantity of more than four bytes")


def _resumed(data: bytes, position: int, end: int, running: int) -> _Event | int | None:
    """How reading goes on behind the broken event at `position`.

    First the event at its face value: its values are out of range, or it is a message that only cables know, and the
    next one stands where it should. Else the next position from which events follow that are in step. None if none do.
    """
    event = _at_face_value(data, position, end, running)
    if event is not None:
        status = event.status if event.status < _SYSEX else running
        if event.end == end or _is_in_step(data, event.end, end, status, proof=_SHORT_PROOF, any_value=True):
            return event
    return next((start for start in range(position + 1, end) if _is_in_step(data, start, end, 0)), None)


def _at_face_value(data: bytes, position: int, end: int, running: int) -> _Event | None:
    """The event as far as its status tells its length, whatever its data bytes are."""
    try:
        delta, content = _variable_length(data, position, end)
    except _BrokenError:
        return None
    status = data[content] if content < end else 0
    if status >= 0x80:
        content += 1
    else:
        status = running
    if not status or status in (_META, _SYSEX, _SYSEX_ESCAPE):
        return None
    after = content + (_DATA_BYTES[status >> 4] if status < _SYSEX else _SYSTEM_BYTES.get(status, 0))
    return _Event(delta, status, content, after) if after <= end else None


def _is_in_step(
    data: bytes, position: int, end: int, running: int, *, proof: int = _PROOF, any_value: bool = False
) -> bool:
    """Whether events follow from `position`: `proof` of them, or fewer that close the track.

    They follow the standard, or with `any_value` are channel messages whose data bytes may be any.
    """
    for count in range(proof):
        if position >= end:
            return count >= _SHORT_PROOF
        try:
            event: _Event | None = _event(data, position, end, running)
        except _BrokenError:
            event = _at_face_value(data, position, end, running) if any_value else None
        if event is None or event.delta > _LONGEST_DELTA:
            return False
        if event.status == _META and data[event.content] == _END_OF_TRACK:
            return event.end - event.content == 2
        running = event.status if event.status < _SYSEX else running
        position = event.end
    return True
