"""From what a reader of MIDI hands out, columns a part and blocks of events, to a `Score`. Nothing is read here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aurl_core.errors import ParseError
from aurl_core.parsing.roles import role_of
from aurl_core.score.instrument import channels_of
from aurl_core.score.score import (
    CHORD_MARKER,
    EVENT_KINDS,
    WHOLE_PIECE,
    EventKind,
    Events,
    Notes,
    Score,
    Track,
    note_order,
)

_MICROSECONDS_PER_MINUTE: Final = 60e6
_MOST_PARTS: Final = 32767
"""As many as the track column of the events can tell apart."""


class Part(NamedTuple):
    """The notes of one program on one channel of one track: columns of equal length, at least one note."""

    name: str
    program: int
    is_drum: bool
    onset: NDArray[np.integer]
    duration: NDArray[np.integer]
    pitch: NDArray[np.integer]
    velocity: NDArray[np.integer]


class Block(NamedTuple):
    """Events of one kind and track; a column that is None is empty (0 or "")."""

    kind: EventKind
    track: int
    onset: Sequence[int] | NDArray[np.generic]
    number: ArrayLike | None = None
    value: ArrayLike | None = None
    text: list[str] | None = None


Texts = Sequence[tuple[int, str]]
"""Texts with their ticks."""


def score_of(ticks_per_beat: int, parts: Sequence[Part], blocks: Sequence[Block]) -> Score:
    """The score of these parts, numbered in their order; events by onset, kind, track and place among the blocks.

    Raises ParseError(malformed) for more parts than can be told apart.
    """
    if len(parts) > _MOST_PARTS:
        raise ParseError("malformed", f"{len(parts)} programs on channels of tracks; {_MOST_PARTS} can be told apart")
    plain = [Track(part.name, part.program, 0, part.is_drum) for part in parts]
    tracks = tuple(
        Track(part.name, part.program, channel, part.is_drum, role_of(part.name))
        for part, channel in zip(parts, channels_of(plain), strict=True)
    )
    return Score(ticks_per_beat, _notes_of(parts), tracks, _events_of(blocks))


def _notes_of(parts: Sequence[Part]) -> Notes:
    if not parts:
        return Notes.empty()
    onset = np.concatenate([part.onset for part in parts], dtype=np.int32, casting="unsafe")
    duration = np.concatenate([part.duration for part in parts], dtype=np.int32, casting="unsafe")
    pitch = np.concatenate([part.pitch for part in parts], dtype=np.uint8, casting="unsafe")
    velocity = np.concatenate([part.velocity for part in parts], dtype=np.uint8, casting="unsafe")
    track = np.repeat(np.arange(len(parts), dtype=np.uint16), [len(part.onset) for part in parts])
    order = note_order(onset, track, pitch, duration)
    return Notes(onset[order], duration[order], pitch[order], velocity[order], track[order])


def _events_of(blocks: Sequence[Block]) -> Events:
    blocks = [block for block in blocks if len(block.onset)]
    if not blocks:
        return Events.empty()
    lengths = [len(block.onset) for block in blocks]
    total = sum(lengths)
    onset = np.concatenate([block.onset for block in blocks], dtype=np.int32, casting="unsafe")
    kind = np.array([EVENT_KINDS.index(block.kind) for block in blocks], np.uint8)
    track = np.array([block.track for block in blocks], np.int16)
    number, value, text = np.zeros(total, np.int32), np.zeros(total), np.full(total, "", object)
    start = 0
    for block, length in zip(blocks, lengths, strict=True):
        rows = slice(start, start := start + length)
        if block.number is not None:
            number[rows] = block.number
        if block.value is not None:
            value[rows] = block.value
        if block.text is not None:
            text[rows] = block.text
    place = np.repeat(kind.astype(np.int64) << 16 | (track.astype(np.int64) + 1), lengths)
    order = np.argsort(onset.astype(np.int64) << 24 | place, kind="stable")
    return Events(
        onset[order],
        np.repeat(kind, lengths)[order],
        np.repeat(track, lengths)[order],
        number[order],
        value[order],
        text[order],
    )


def whole_piece_blocks(
    *,
    tempos: tuple[Sequence[int] | NDArray[np.generic], NDArray[np.generic]],
    meters: tuple[Sequence[int] | NDArray[np.generic], ArrayLike, ArrayLike],
    keys: tuple[Sequence[int] | NDArray[np.generic], ArrayLike, ArrayLike],
    markers: Texts,
) -> list[Block]:
    """Blocks of what concerns all parts: tempi (ticks, microseconds a beat), meters, keys, markers, chord symbols."""
    chords = [(tick, text.removeprefix(CHORD_MARKER)) for tick, text in markers if text.startswith(CHORD_MARKER)]
    plain = [(tick, text) for tick, text in markers if not text.startswith(CHORD_MARKER)]
    return [
        Block("tempo", WHOLE_PIECE, tempos[0], None, beats_per_minute(tempos[1])),
        Block("time_signature", WHOLE_PIECE, *meters),
        Block("key_signature", WHOLE_PIECE, *keys),
        text_block("marker", plain),
        text_block("chord_symbol", chords),
    ]


def text_block(kind: EventKind, rows: Texts, track: int = WHOLE_PIECE) -> Block:
    """A block of events that carry text alone."""
    return Block(kind, track, [tick for tick, _ in rows], text=[text for _, text in rows])


def beats_per_minute(microseconds: NDArray[np.generic]) -> NDArray[np.float64]:
    """Tempi as they were meant: with two decimals where those give the same microseconds back; 0 gives infinity."""
    exact = np.full(microseconds.shape, np.inf)
    np.divide(_MICROSECONDS_PER_MINUTE, microseconds, out=exact, where=microseconds != 0)
    short = exact.round(2)
    return np.where(np.rint(_MICROSECONDS_PER_MINUTE / short) == microseconds, short, exact)
