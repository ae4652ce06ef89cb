"""What is wrong with a MIDI file that the reader refuses: the first fault in the order of its bytes.

Only refused files come here, so that a plain loop over the events is quick enough, and what it says of a file is the
same every time (symusic's own messages are not). Nothing is recovered here.
"""

from __future__ import annotations

from typing import Final

from aurl_core.errors import ParseError
from aurl_core.parsing.container import tracks_of

_DATA_BYTES: Final = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}
"""How many data bytes follow a channel message, by the high half of its status."""
_META, _SYSEX, _SYSEX_ESCAPE = 0xFF, 0xF0, 0xF7


def first_fault(body: bytes) -> ParseError:
    """The error that says where an event of `body`, whose container is sound, breaks the Standard MIDI File format."""
    for number, track in enumerate(tracks_of(body)):
        try:
            _walk(body[: track.end], track.start + 8)
        except ParseError as fault:
            return ParseError(fault.reason, f"track {number}, {fault.detail}")
    return ParseError("malformed", "the reader refuses this file, though every event in it can be told apart")


def _walk(data: bytes, position: int) -> None:
    """Step over the events from `position` to the end of `data`; ParseError at the first that breaks the format."""
    status = 0
    while position < len(data):
        _, position = _variable_length(data, position)
        first = _byte(data, position)
        if first >= 0x80:
            position += 1
        if first in (_META, _SYSEX, _SYSEX_ESCAPE):
            length, position = _variable_length(data, position + (first == _META))
            status = 0
        else:
            status = first if first >= 0x80 else status
            length = _channel_message(data, position, status)
        if position + length > len(data):
            raise ParseError("truncated", f"byte {position}: an event of {length} bytes goes past the end of the track")
        position += length


def _channel_message(data: bytes, position: int, status: int) -> int:
    """How many data bytes the channel message has whose data begin at `position`."""
    length = _DATA_BYTES.get(status >> 4)
    if length is None:
        told = f"status {status:#04x} is not known" if status else "a data byte where a status byte must stand"
        raise ParseError("malformed", f"byte {position}: {told}")
    for offset in range(position, min(position + length, len(data))):
        if data[offset] >= 0x80:
            raise ParseError("malformed", f"byte {offset}: {data[offset]} where a data byte (0 to 127) must stand")
    return length


def _variable_length(data: bytes, position: int) -> tuple[int, int]:
    """A variable-length quantity at `position`, and the position behind it."""
    number = 0
    for _ in range(4):
        byte = _byte(data, position)
        position += 1
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, position
    raise ParseError("malformed", f"byte {position - 4}: a quantity of more than four bytes")


def _byte(data: bytes, position: int) -> int:
    if position >= len(data):
        raise ParseError("truncated", f"byte {position}: the track ends inside an event")
    return data[position]
