"""Scores as Standard MIDI files (type 1). Reading them is `aurl_core.parsing.midi`.

Messages are columns: each track's messages are sorted, their delta times encoded and their bytes laid out by numpy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aurl_core.errors import InputError
from aurl_core.score.instrument import channels_of
from aurl_core.score.score import CHORD_MARKER, EVENT_KINDS, WHOLE_PIECE, EventKind, Events, Notes, Score, Track

_NOTE_OFF, _NOTE_ON, _CONTROL_CHANGE, _PROGRAM_CHANGE, _PITCH_BEND = 0x80, 0x90, 0xB0, 0xC0, 0xE0
_TEXT, _TRACK_NAME, _LYRIC, _MARKER = 0x01, 0x03, 0x05, 0x06
_END_OF_TRACK, _TEMPO, _TIME_SIGNATURE, _KEY_SIGNATURE = 0x2F, 0x51, 0x58, 0x59
_TEXT_TYPES: Final[dict[EventKind, tuple[int, str]]] = {
    "lyric": (_LYRIC, ""),
    "marker": (_MARKER, ""),
    "chord_symbol": (_MARKER, CHORD_MARKER),
    "text": (_TEXT, ""),
}
_RELEASE_VELOCITY = 64
_MAX_TICKS_PER_BEAT = 0x7FFF
_MAX_MICROSECONDS = 0xFFFFFF
_MAX_DELTA = 0xFFFFFFF

_META, _ENDS, _CONTROLS, _STARTS, _ENDS_OF_EMPTY = range(5)
"""The order of messages at one tick: a note ends before its pitch starts again."""


def write_midi(score: Score, *, lineage: str = "") -> bytes:
    """The score as a type 1 file: tempo, meter, keys and markers in the first track, then one track per track.

    `lineage` becomes a text event at the head of the first track. The same score and lineage give the same bytes. Two
    notes of one track that overlap on one pitch cannot be told apart in MIDI: readers pair their ends first in, first
    out. Channels are those of `channels_of`. Source: Standard MIDI Files 1.0, MIDI Manufacturers Association, 1996.

    Raises InputError for what the format cannot hold: more than 32767 ticks a beat, a meter whose denominator is no
    power of two, a silence of over 268 million ticks.
    """
    if not 0 < score.ticks_per_beat <= _MAX_TICKS_PER_BEAT:
        raise InputError(
            f"a MIDI file holds 1 to {_MAX_TICKS_PER_BEAT} ticks per beat, this score has {score.ticks_per_beat}"
        )
    chunks = [_conductor_track(score, lineage)]
    for number, (track, channel) in enumerate(zip(score.tracks, channels_of(score.tracks), strict=True)):
        notes = score.notes.take(score.notes.track == number)
        chunks.append(_track(track, channel, notes, score.events.take(score.events.track == number)))
    header = b"MThd" + _big_endian(6, 4) + _big_endian(1, 2) + _big_endian(len(chunks), 2)
    return header + _big_endian(score.ticks_per_beat, 2) + b"".join(chunks)


def _conductor_track(score: Score, lineage: str) -> bytes:
    messages = _Messages()
    if lineage:
        messages.add_meta(0, _TEXT, lineage.encode())
    _add_metas(messages, score.events.take(score.events.track == WHOLE_PIECE))
    return messages.chunk(end=score.end)


def _track(track: Track, channel: int, notes: Notes, events: Events) -> bytes:
    messages = _Messages()
    messages.add_meta(0, _TRACK_NAME, track.name.encode())
    messages.add_bytes(0, bytes([_PROGRAM_CHANGE | channel, track.program]), _META)
    _add_metas(messages, events)
    for kind, status in (("control_change", _CONTROL_CHANGE), ("pitch_bend", _PITCH_BEND)):
        rows = events.take(events.kind == EVENT_KINDS.index(kind))
        bend = np.clip(rows.value, -8192, 8191).astype(np.int64) + 8192
        low, high = (rows.number, rows.value) if kind == "control_change" else (bend & 0x7F, bend >> 7)
        messages.add_columns(rows.onset, status | channel, low, high, _CONTROLS)
    messages.add_columns(notes.onset, _NOTE_ON | channel, notes.pitch, notes.velocity, _STARTS)
    release = np.full(len(notes), _RELEASE_VELOCITY)
    ends = np.where(notes.duration > 0, _ENDS, _ENDS_OF_EMPTY)
    messages.add_columns(notes.offset, _NOTE_OFF | channel, notes.pitch, release, ends)
    return messages.chunk(end=0)


def _add_metas(messages: _Messages, events: Events) -> None:
    for onset, code, number, value, text in zip(
        events.onset.tolist(), events.kind.tolist(), events.number.tolist(), events.value.tolist(), events.text,
        strict=True,
    ):  # fmt: skip
        kind = EVENT_KINDS[code]
        if kind in _TEXT_TYPES:
            meta, prefix = _TEXT_TYPES[kind]
            messages.add_meta(onset, meta, (prefix + text).encode())
        elif kind == "tempo":
            microseconds = min(max(round(60e6 / value), 1), _MAX_MICROSECONDS)
            messages.add_meta(onset, _TEMPO, _big_endian(microseconds, 3))
        elif kind == "time_signature":
            messages.add_meta(onset, _TIME_SIGNATURE, _time_signature(number, int(value)))
        elif kind == "key_signature":
            messages.add_meta(onset, _KEY_SIGNATURE, bytes([number & 0xFF, int(value)]))


def _time_signature(numerator: int, denominator: int) -> bytes:
    if denominator < 1 or denominator & (denominator - 1) or not 0 < numerator < 256:
        raise InputError(
            f"a MIDI file cannot hold the time signature {numerator}/{denominator}: the numerator must be 1 to 255 and "
            "the denominator a power of two"
        )
    return bytes([numerator, denominator.bit_length() - 1, 24, 8])


def _big_endian(number: int, length: int) -> bytes:
    return number.to_bytes(length, "big")


def _variable_length(numbers: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Variable-length quantities as rows (N, 4), right-aligned, and how many bytes of each row count (N,)."""
    groups = numbers[:, None] >> np.array([21, 14, 7, 0]) & 0x7F
    lengths = 1 + (numbers[:, None] >= np.array([1 << 7, 1 << 14, 1 << 21])).sum(axis=1)
    return (groups | np.array([0x80, 0x80, 0x80, 0])).astype(np.uint8), lengths


def _meta(kind: int, payload: bytes) -> bytes:
    row, length = _variable_length(np.array([len(payload)]))
    return bytes([0xFF, kind]) + row[0, 4 - length[0] :].tobytes() + payload


@dataclass
class _Messages:
    """The messages of one track as they gather: their ticks, their order at one tick and their bytes."""

    ticks: list[NDArray[np.int64]] = field(default_factory=list)
    ranks: list[NDArray[np.int64]] = field(default_factory=list)
    lengths: list[NDArray[np.int64]] = field(default_factory=list)
    payloads: list[NDArray[np.uint8]] = field(default_factory=list)

    def add_meta(self, tick: int, kind: int, payload: bytes) -> None:
        self.add_bytes(tick, _meta(kind, payload), _META)

    def add_bytes(self, tick: int, message: bytes, rank: int) -> None:
        self.ticks.append(np.array([tick], np.int64))
        self.ranks.append(np.array([rank]))
        self.lengths.append(np.array([len(message)]))
        self.payloads.append(np.frombuffer(message, np.uint8))

    def add_columns(
        self,
        ticks: NDArray[np.int32],
        status: int,
        first: NDArray[np.generic],
        second: NDArray[np.generic],
        rank: int | NDArray[np.int64],
    ) -> None:
        """Messages of three bytes: `status` and two columns of data bytes."""
        rows = np.column_stack([np.full(len(ticks), status), first, second]).astype(np.uint8)
        self.ticks.append(ticks.astype(np.int64))
        self.ranks.append(np.broadcast_to(np.asarray(rank, np.int64), len(ticks)))
        self.lengths.append(np.full(len(ticks), 3))
        self.payloads.append(rows.ravel())

    def chunk(self, *, end: int) -> bytes:
        """The MTrk chunk, closed by an end of track at tick `end` or at the last message if that is later."""
        ticks = np.concatenate(self.ticks or [np.zeros(0, np.int64)])
        ranks = np.concatenate(self.ranks or [np.zeros(0, np.int64)])
        last = max(int(ticks.max(initial=0)), end)
        self.add_bytes(last, _meta(_END_OF_TRACK, b""), _ENDS_OF_EMPTY)
        order = np.append(np.lexsort([ranks, ticks]), len(ticks))
        body = self._laid_out(np.append(ticks, last), order)
        return b"MTrk" + _big_endian(len(body), 4) + body

    def _laid_out(self, ticks: NDArray[np.int64], order: NDArray[np.intp]) -> bytes:
        deltas = np.diff(ticks[order], prepend=0)
        if deltas.max() > _MAX_DELTA:
            raise InputError(f"a MIDI file holds silences of up to {_MAX_DELTA} ticks, this score has {deltas.max()}")
        delta_rows, delta_lengths = _variable_length(deltas)
        lengths = np.concatenate(self.lengths)
        starts = np.cumsum(lengths) - lengths + delta_rows.size
        source = np.concatenate([delta_rows.ravel(), *self.payloads])
        part_starts = np.column_stack([4 * np.arange(1, len(order) + 1) - delta_lengths, starts[order]]).ravel()
        part_lengths = np.column_stack([delta_lengths, lengths[order]]).ravel()
        ends = np.cumsum(part_lengths)
        gathered: NDArray[np.uint8] = source[
            np.arange(ends[-1]) + np.repeat(part_starts - (ends - part_lengths), part_lengths)
        ]
        return gathered.tobytes()
