"""The container of a Standard MIDI file: header and chunks. What stands in the tracks is not read here.

Sizes and counts that lie are told apart by what follows them: the next chunk begins where a true size says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurl_core.errors import ParseError
from aurl_core.parsing.reading import Fault

_TRACK: Final = b"MTrk"
_HEADER_BYTES: Final = 14
_HEAD_BYTES: Final = 8
"""A chunk's name and size."""
_KNOWN_KINDS: Final = (0, 1, 2)
_SEQUENCE: Final = 2
_SMPTE: Final = 0x80
_DROP_FRAME: Final = 29
_BEATS_PER_SECOND: Final = 2
"""Files that count film frames instead of beats are read in beats of half a second."""
_UNKNOWN_TICKS_PER_BEAT: Final = 480
_NAME: Final = re.compile(rb"[A-Za-z0-9 ]{4}")
END_OF_TRACK: Final = b"\xff\x2f\0"
"""The event that closes a track."""


class Chunk(NamedTuple):
    """The events of a track: their place in the data."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Container:
    """Header and tracks of a MIDI file."""

    kind: int
    """0: one track; 1: tracks that sound together; 2: patterns that sound one after the other."""
    ticks_per_beat: int
    tempo_bpm: float | None
    """The one tempo of a file that counts film frames, whose tempo events mean nothing; None of any other."""
    tracks: tuple[Chunk, ...]
    faults: tuple[Fault, ...]

    @property
    def is_sequence(self) -> bool:
        """Whether the header says that the tracks are played one after the other."""
        return self.kind == _SEQUENCE and len(self.tracks) > 1

    def tempos(self, onset: NDArray[np.int32], microseconds: NDArray[np.int32]) -> tuple[Any, Any]:
        """The tempo events: those found, or the one of a file that counts film frames."""
        if self.tempo_bpm is None:
            return onset, microseconds
        return np.zeros(1, np.int32), np.array([60e6 / self.tempo_bpm])


def container_of(body: bytes) -> Container:
    """The container of `body`, which begins with a MIDI header. Source: Standard MIDI Files 1.0, MMA, 1996.

    A track whose size cannot be true ends where the next one begins or the data do. Chunks of other names are passed
    over, as the standard wants, unless at most two letters of the name are damaged. ParseError(malformed) if the header
    is cut off.
    """
    if len(body) < _HEADER_BYTES:
        raise ParseError("malformed", f"the header ends after {len(body)} bytes")
    kind, announced = (int.from_bytes(body[start : start + 2], "big") for start in (8, 10))
    faults = []
    start = _HEAD_BYTES + int.from_bytes(body[4:8], "big")
    if start < _HEADER_BYTES or body[start : start + 4] != _TRACK:
        found = body.find(_TRACK)
        if found >= 0 and found != start and (start < _HEADER_BYTES or start > len(body) or found < start):
            faults.append(Fault("container", 4, f"the header claims {start - _HEAD_BYTES} bytes"))
            start = found
    if kind not in _KNOWN_KINDS:
        faults.append(Fault("container", 8, f"the header says type {kind}; 0, 1 and 2 are known"))
    tracks, odd = _tracks(body, start)
    if announced != len(tracks):
        faults.append(Fault("container", 10, f"the header says {announced} tracks, {len(tracks)} follow"))
    ticks_per_beat, tempo_bpm = _clock(body[12], body[13])
    if not ticks_per_beat:
        faults.append(Fault("container", 12, f"0 ticks per beat; {_UNKNOWN_TICKS_PER_BEAT} are taken"))
    return Container(kind, ticks_per_beat or _UNKNOWN_TICKS_PER_BEAT, tempo_bpm, tuple(tracks), (*faults, *odd))


def _clock(high: int, low: int) -> tuple[int, float | None]:
    """Ticks per beat (0 if the header says so), and the tempo if the header counts film frames.

    With f frames a second of t ticks, a beat is the whole number of ticks nearest to half a second. 29 stands for
    drop-frame time, 30000 / 1001 frames a second.

    >>> _clock(256 - 25, 40), _clock(1, 224)
    ((500, 120.0), (480, None))
    """
    if not high & _SMPTE:
        return high << 8 | low, None
    frames = 256 - high
    ticks_per_second = (30000 / 1001 if frames == _DROP_FRAME else frames) * max(low, 1)
    ticks_per_beat = max(round(ticks_per_second / _BEATS_PER_SECOND), 1)
    return ticks_per_beat, 60 * ticks_per_second / ticks_per_beat


def _tracks(body: bytes, start: int) -> tuple[list[Chunk], list[Fault]]:
    tracks: list[Chunk] = []
    faults: list[Fault] = []
    while start + _HEAD_BYTES <= len(body):
        name, size = body[start : start + 4], int.from_bytes(body[start + 4 : start + 8], "big")
        end = start + _HEAD_BYTES + size
        is_track = name == _TRACK
        is_size_true = _is_chunk_end(body, end)
        if not is_size_true:
            end = _next_track(body, start + (len(name) if is_track else 1))
            if is_track:
                told = f"{size} bytes claimed, {end - start - _HEAD_BYTES} are there"
                faults.append(Fault("container", start, f"track {len(tracks)}: {told}"))
        if not is_track and _is_damaged_name(name):
            faults.append(Fault("container", start, f"a track under the name {name!r}"))
            is_track = True
        elif not is_track and not is_size_true:
            faults.append(Fault("container", start, f"{end - start} bytes that are no chunk"))
        if is_track:
            tracks.append(Chunk(start + _HEAD_BYTES, end))
        start = end
    if start < len(body):
        faults.append(Fault("container", start, f"{len(body) - start} bytes behind the last chunk"))
    return tracks, faults


def _is_chunk_end(body: bytes, end: int) -> bool:
    """Whether a chunk can end here: a track or the data do, or a chunk begins that has room."""
    if end >= len(body) or body[end - 3 : end] == END_OF_TRACK:
        return end <= len(body)
    name = body[end : end + 4]
    if name == _TRACK:
        return True
    has_room = end + _HEAD_BYTES + int.from_bytes(body[end + 4 : end + 8], "big") <= len(body)
    return has_room and _NAME.fullmatch(name) is not None


def _next_track(body: bytes, start: int) -> int:
    found = body.find(_TRACK, start)
    return found if found >= 0 else len(body)


def _is_damaged_name(name: bytes) -> bool:
    return name != _TRACK and sum(a != b for a, b in zip(name, _TRACK, strict=False)) <= len(_TRACK) // 2
