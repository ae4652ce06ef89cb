"""From one file to a piece or a rejection: read, repair, fingerprint. Tables are made in aurl_core.corpus.parsed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from aurl_core.errors import ParseError
from aurl_core.parsing.midi import read
from aurl_core.parsing.params import ParseParams
from aurl_core.parsing.rejection import Reason, Rejection
from aurl_core.parsing.repair import Repairs, repair, told
from aurl_core.parsing.repair_events import is_no_meter
from aurl_core.parsing.repair_notes import MAX_VELOCITY
from aurl_core.parsing.repair_silence import MOST_BEATS, is_too_long
from aurl_core.score.fingerprint import fingerprint
from aurl_core.score.score import Score

_PIECE_ID_DIGITS = 16
_BYTES_PER_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A file that was read: its music, what was repaired in it and what identifies it."""

    piece_id: str
    score: Score
    fingerprint: str
    repairs: list[Repairs] = field(default_factory=list)


def piece_id_of(data: bytes) -> str:
    """The first 16 hex digits of the sha256 of a source's bytes."""
    return hashlib.sha256(data).hexdigest()[:_PIECE_ID_DIGITS]


def parse_file(file: Path, params: ParseParams, *, path: str = "", piece_id: str | None = None) -> Piece | Rejection:
    """The piece in a MIDI file.

    `path` is how rejections name the file, by default its name; `piece_id` is that of the source which the file was
    made from, by default the file's own. What is wrong with a file becomes a rejection; only its being too big for this
    process (MemoryError) is left to the pool that bounds the process.
    """
    path = path or file.name
    try:
        data = _bytes_of(file, max_bytes=_max_bytes(params))
        score, repairs = parse_bytes(data, params)
    except ParseError as error:
        return Rejection(path, piece_id, cast(Reason, error.reason), error.detail)
    return Piece(piece_id or piece_id_of(data), score, fingerprint(score), repairs)


def parse_bytes(data: bytes, params: ParseParams) -> tuple[Score, list[Repairs]]:
    """The music in the bytes of a MIDI file as the tables hold it, and what was done to it.

    Raises ParseError with a reason of `aurl_core.parsing.rejection`.
    """
    reading = read(data, max_bytes=_max_bytes(params))
    score, repairs = repair(reading, params) if params.repair else (reading.score, [])
    if not len(score.notes):
        first = next(iter(reading.faults), None)
        seen = f"{len(data)} bytes, {len(score.events)} events, no note that sounds"
        raise ParseError("malformed", f"{first}; {seen}") if first else ParseError("no_notes", seen)
    if not params.repair:
        _check_unrepaired(score)
    if is_too_long(score):
        num_beats = score.music_end // score.ticks_per_beat
        raise ParseError("too_long", f"its last note ends after {num_beats} quarter notes, {MOST_BEATS} are allowed")
    return score, told(reading) + repairs


def _check_unrepaired(score: Score) -> None:
    """ParseError if this is nothing that the tables can hold."""
    loudest = score.notes.velocity.max()
    if loudest > MAX_VELOCITY:
        raise ParseError("malformed", f"a note has velocity {loudest}; with parse.repair it would get {MAX_VELOCITY}")
    meters = score.events.select("time_signature")
    if is_no_meter(meters.number, meters.value).any():
        raise ParseError("malformed", "a time signature is none; with parse.repair it would be removed")


def _max_bytes(params: ParseParams) -> int:
    return round(params.max_file_mb * _BYTES_PER_MB)


def _bytes_of(file: Path, *, max_bytes: int) -> bytes:
    try:
        size = file.stat().st_size
        if size > max_bytes:
            raise ParseError("too_large", f"{size} bytes, parse.max_file_mb allows {max_bytes}")
        return file.read_bytes()
    except OSError as error:
        raise ParseError("unreadable", error.strerror or type(error).__name__) from error
