"""Standard MIDI files to scores, through symusic's columns. Writing them is `aurl_core.rendering.midi`.

symusic reads in C++ and hands out numpy columns; nothing here loops over notes. It is asked only where it can be
trusted: files whose container is broken in a way that hides music, or whose tracks end otherwise than the standard
says, are read by salvage.py, and so is what symusic refuses or what comes out impossible. Nothing is repaired here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import symusic

from aurl_core.errors import ParseError
from aurl_core.parsing.assembly import Block, Part, Texts, score_of, text_block, whole_piece_blocks
from aurl_core.parsing.container import END_OF_TRACK, Chunk, Container, container_of
from aurl_core.parsing.reading import ENDLESS, Reading
from aurl_core.parsing.salvage import salvage
from aurl_core.parsing.texts import text_of
from aurl_core.parsing.wrapping import HEADER, unwrapped
from aurl_core.score.score import WHOLE_PIECE, EventKind, Score

_MAX_BYTES: Final = 64_000_000
_BROKEN_NOTE: Final = re.compile(rb"[\x80-\x9f](?=[\x80-\xff])")
"""The status of a note whose pitch is over 127; or a long time, or a text. symusic takes such a note for one of the
next channel, and writes beyond its memory if there is none."""
_LAST_CHANNEL: Final = (b"\x8f", b"\x9f")
_MOST_SALVAGED_BYTES: Final = 16_000_000
"""Reading event by event takes a microsecond and some 50 bytes of memory a byte."""
_HIGHEST: Final = 127
"""The highest data byte."""
_REFUSALS: Final = (RuntimeError, ValueError, IndexError, OverflowError)
"""What symusic raises."""
_UNREADABLE: Final = "\ufffd"
"""What symusic puts in the place of bytes that are no UTF-8."""
_TEXT, _LYRIC, _UNUSED = b"\xff\x01", b"\xff\x05", b"\xff\x7f"
"""How meta events begin: a text, a lyric, one that symusic passes over."""

_NONE: Final = dict.fromkeys(("time", "mspq", "numerator", "denominator", "key", "tonality"), np.zeros(0, np.int32))
"""The columns of no events."""
_TEXT_META: Final = re.compile(rb"\xff[\x01-\x07]([\x80-\xff]{0,3}[\x00-\x7f])")
_UNREADABLE_RUN: Final = re.compile(_UNREADABLE + "+")
_LONGEST_TEXT: Final = 1 << 16

_PAUSE: Final = _UNUSED + b"\0" + bytes([0x80 | ENDLESS >> 21, 0x80, 0x80, 0x00]) + _UNUSED + b"\0"
_SILENCE: Final = [
    bytes([0, 0x80 | channel, 0, 0]) + b"".join(bytes([0, pitch, 0]) for pitch in range(1, 128))
    for channel in range(16)
]
"""For each channel the messages that end a note on every pitch."""
_CLOSE: Final = b"\0" + END_OF_TRACK


def read_midi(data: bytes) -> Score:
    """The score in a MIDI file; see `read`."""
    return read(data).score


def read(data: bytes, *, max_bytes: int = _MAX_BYTES) -> Reading:
    """What stands in a Standard MIDI file of type 0, 1 or 2, bare or wrapped, sound or damaged.

    Each part is one program on one channel of one track of the file, and has notes. Tempi are in beats per minute as
    the file was written: 909091 microseconds a beat is 66. Notes that overlap on one pitch end first in, first out; one
    that nothing ends lasts until its track does. A velocity may be out of range where the file's is.

    Raises ParseError: see `unwrapped`; too_long or malformed for what a score cannot hold; too_large for a damaged file
    beyond what can be read event by event.
    """
    body, faults = unwrapped(data, max_bytes=max_bytes)
    container = container_of(body)
    found = _read_fast(body, container)
    if found is None:
        _check_size(body)
        found = salvage(body, container)
    return Reading(found.score, found.stuck, (*faults, *found.faults))


def _check_size(body: bytes) -> None:
    if len(body) > _MOST_SALVAGED_BYTES:
        told = f"{len(body)} bytes of damaged MIDI; event by event {_MOST_SALVAGED_BYTES} can be read"
        raise ParseError("too_large", told)


def _read_fast(body: bytes, container: Container) -> Reading | None:
    """What symusic makes of the file; None where it is not to be trusted."""
    if not container.tracks or container.is_sequence or not _are_closed(body, container.tracks):
        return None
    moved = _on_channel_before(body)
    return None if moved and _trusted(moved, container) is None else _trusted(body, container)


def _are_closed(body: bytes, tracks: Sequence[Chunk]) -> bool:
    """Whether each track has one end-of-track event, as its last."""
    values = np.frombuffer(body, np.uint8)
    found = np.flatnonzero((values[:-1] == END_OF_TRACK[0]) & (values[1:] == END_OF_TRACK[1])).tolist()
    return found == [end - len(END_OF_TRACK) for _, end in tracks] and not any(body[end - 1] for _, end in tracks)


def _on_channel_before(body: bytes) -> bytes:
    """The file with what may be broken notes of the last channel moved to the one before it, where symusic can bear
    them; nothing if there are none."""
    if not any(status in body for status in _LAST_CHANNEL):
        return b""
    values = np.frombuffer(body, np.uint8)
    broken = np.flatnonzero(((values[:-1] | 0x10) == _LAST_CHANNEL[1][0]) & (values[1:] > _HIGHEST))
    if not len(broken):
        return b""
    moved = values.copy()
    moved[broken] -= 1
    return moved.tobytes()


def _trusted(body: bytes, container: Container) -> Reading | None:
    """What symusic makes of tracks that are closed; None if it refuses them or notes come out that cannot be."""
    try:
        parts, blocks = _columns_of(_with_codas(body, container), container, body)
    except _REFUSALS:
        return None
    score = score_of(container.ticks_per_beat, parts, blocks)
    if max(score.notes.pitch.max(initial=0), score.notes.velocity.max(initial=0)) > _HIGHEST:
        return None
    reading = Reading.of(score, container.faults)
    return None if len(reading.stuck) and _BROKEN_NOTE.search(body) else reading


def _with_codas(body: bytes, container: Container) -> bytes:
    """The same tracks, each with a coda that ends what still sounds, `ENDLESS` ticks behind the track's end.

    symusic drops notes that nothing ends. In a score that was read with codas they can be told by their length.
    """
    head = (6).to_bytes(4, "big") + b"\0\1" + len(container.tracks).to_bytes(2, "big")
    pieces = [HEADER, head, container.ticks_per_beat.to_bytes(2, "big")]
    channels = [channel for channel in range(16) if 0x90 | channel in body]
    for start, end in container.tracks:
        silence = [_SILENCE[channel] for channel in channels if body.find(0x90 | channel, start, end) >= 0]
        coda = b"".join([_PAUSE, *silence, _CLOSE])
        end -= len(END_OF_TRACK)
        pieces += [b"MTrk", (end - start + len(coda)).to_bytes(4, "big"), body[start:end], coda]
    return b"".join(pieces)


def _texts_as_lyrics(body: bytes) -> bytes:
    """The same file with text events in the place of its lyrics: symusic hands out no other texts."""
    return body.replace(_LYRIC, _UNUSED).replace(_TEXT, _LYRIC)


def _columns_of(sounding: bytes, container: Container, body: bytes) -> tuple[list[Part], list[Block]]:
    """Notes and events as symusic hands them out, of which no object outlives this call."""
    parsed = symusic.Score.from_midi(sounding)
    decoded = _Decoder(body)
    tracks = [track for track in parsed.tracks if len(track.notes)]
    blocks = [*_whole_piece(parsed, container, decoded), *_lyrics(parsed.tracks, "lyric", decoded), *_steering(tracks)]
    if _TEXT in body:
        texts = symusic.Score.from_midi(_texts_as_lyrics(sounding))
        blocks += _lyrics(texts.tracks, "text", decoded)
    return [_part(track, decoded) for track in tracks], blocks


def _part(track: Any, decoded: _Decoder) -> Part:
    notes = track.notes.numpy()
    name = decoded(track.name)
    return Part(name, track.program, track.is_drum, notes["time"], notes["duration"], notes["pitch"], notes["velocity"])


def _whole_piece(parsed: Any, container: Container, decoded: _Decoder) -> list[Block]:
    tempos, meters, keys = (some.numpy() if len(some) else _NONE for some in _conducting(parsed))
    return whole_piece_blocks(
        tempos=container.tempos(tempos["time"], tempos["mspq"]),
        meters=(meters["time"], meters["numerator"], meters["denominator"]),
        keys=(keys["time"], keys["key"], keys["tonality"]),
        markers=[(marker.time, decoded(marker.text)) for marker in parsed.markers],
    )


def _conducting(parsed: Any) -> tuple[Any, Any, Any]:
    return parsed.tempos, parsed.time_signatures, parsed.key_signatures


def _steering(sounding: Sequence[Any]) -> Iterator[Block]:
    for number, track in enumerate(sounding):
        if len(track.controls):
            controls = track.controls.numpy()
            yield Block("control_change", number, controls["time"], controls["number"], controls["value"])
        if len(track.pitch_bends):
            bends = track.pitch_bends.numpy()
            yield Block("pitch_bend", number, bends["time"], None, bends["value"])


def _lyrics(tracks: Sequence[Any], kind: EventKind, decoded: _Decoder) -> Iterator[Block]:
    """Lyrics with the number of their track among those that sound.

    symusic puts a track's lyrics into a track of their own, of the same name, behind those with its notes.
    """
    number, name = WHOLE_PIECE, None
    for track in tracks:
        if len(track.notes):
            number, name = number + 1, track.name
        if len(track.lyrics):
            rows: Texts = [(lyric.time, decoded(lyric.text)) for lyric in track.lyrics]
            yield text_block(kind, rows, number if track.name == name else WHOLE_PIECE)


class _Decoder:
    """Texts as the file means them: what symusic could not decode is looked up in the file's bytes."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._meant: dict[str, str] | None = None

    def __call__(self, text: str) -> str:
        if _UNREADABLE not in text:
            return text
        if self._meant is None:
            contents = _texts_in(self._body)
            self._meant = {_mangled(content.decode(errors="replace")): text_of(content) for content in contents}
        return self._meant.get(_mangled(text), text)


def _texts_in(body: bytes) -> Iterator[bytes]:
    """The contents of whatever looks like a text, name, lyric or marker."""
    for found in _TEXT_META.finditer(body):
        length = 0
        for byte in found[1]:
            length = length << 7 | byte & 0x7F
        yield body[found.end() : found.end() + min(length, _LONGEST_TEXT)]


def _mangled(text: str) -> str:
    """A text in which it does not matter how many bytes in a row could not be decoded."""
    return _UNREADABLE_RUN.sub(_UNREADABLE, text)
