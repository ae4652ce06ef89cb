"""The container of a Standard MIDI file: RIFF wrapper, header and chunks. What stands in the tracks is not read here.

The reader trusts what the header and the chunks say of their sizes and runs past the end of the data where they lie, so
everything it gets has been through here.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

from aurl_core.errors import ParseError

_HEADER_BYTES: Final = 14
_KNOWN_TYPES: Final = (0, 1, 2)
_SMPTE: Final = 0x80


class Chunk(NamedTuple):
    """A track's place in the data, its name and size included."""

    start: int
    end: int


def sound_container(data: bytes) -> bytes:
    """The header and the tracks of a MIDI file, with sizes and counts that are true and nothing else between them.

    Raises ParseError with the reasons empty_file, not_midi, smpte_time, malformed or truncated. Source: Standard MIDI
    Files 1.0, MIDI Manufacturers Association, 1996.
    """
    body = _unwrapped(data)
    _check_header(body)
    tracks = tracks_of(body)
    header = body[:4] + (6).to_bytes(4, "big") + body[8:10] + len(tracks).to_bytes(2, "big") + body[12:14]
    bounds = [Chunk(0, _HEADER_BYTES), *tracks]
    is_contiguous = all(before.end == after.start for before, after in pairwise(bounds)) and bounds[-1].end == len(body)
    if is_contiguous and body[:_HEADER_BYTES] == header:
        return body
    return header + b"".join(body[track.start : track.end] for track in tracks)


def tracks_of(body: bytes) -> list[Chunk]:
    """The tracks behind the header; chunks of other names are passed over. ParseError(truncated) if one is cut off."""
    found: list[Chunk] = []
    start = 8 + int.from_bytes(body[4:8], "big")
    while start + 8 <= len(body):
        is_track, size = body[start : start + 4] == b"MTrk", int.from_bytes(body[start + 4 : start + 8], "big")
        chunk = Chunk(start, start + 8 + size)
        if is_track and chunk.end > len(body):
            raise ParseError(
                "truncated",
                f"track {len(found)} at byte {start} claims {size} bytes, {len(body) - start - 8} are left",
            )
        if is_track:
            found.append(chunk)
        start = chunk.end
    return found


def _unwrapped(data: bytes) -> bytes:
    """The MIDI file inside a RIFF wrapper (.rmi); any other data as it is."""
    if data[:4] != b"RIFF" or data[8:12] != b"RMID":
        return data
    start = data.find(b"data", 12)
    length = int.from_bytes(data[start + 4 : start + 8], "little")
    return data[start + 8 : start + 8 + length] if start > 0 else data


def _check_header(body: bytes) -> None:
    if not body:
        raise ParseError("empty_file", "the file has no bytes")
    if body[:4] != b"MThd" or len(body) < _HEADER_BYTES:
        raise ParseError("not_midi", f"begins with {body[:8]!r}, not with MThd and a header")
    kind = int.from_bytes(body[8:10], "big")
    if kind not in _KNOWN_TYPES:
        raise ParseError("malformed", f"the header says type {kind}; 0, 1 and 2 are known")
    if body[12] & _SMPTE:
        raise ParseError("smpte_time", f"{256 - body[12]} frames a second, {body[13]} ticks a frame")
    if body[12:14] == b"\0\0":
        raise ParseError("malformed", "the header says 0 ticks per beat")
