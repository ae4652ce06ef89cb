"""Standard MIDI files to scores, through symusic's columns. Writing them is `aurl_core.rendering.midi`.

symusic reads in C++ and hands out numpy columns; nothing here loops over notes. What it does not hand out is not in
the score: text events other than lyrics and markers, tracks without notes, and channels (see `channels_of`). What it
refuses is explained by diagnosis.py; nothing is repaired here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
import symusic
from numpy.typing import ArrayLike, NDArray

from aurl_core.errors import ParseError
from aurl_core.parsing.container import sound_container
from aurl_core.parsing.diagnosis import first_fault
from aurl_core.parsing.roles import role_of
from aurl_core.score.instrument import channels_of
from aurl_core.score.score import CHORD_MARKER, EVENT_KINDS, WHOLE_PIECE, EventKind, Events, Notes, Score, Track

_MAX_DATA_BYTE: Final = 127
_MICROSECONDS_PER_MINUTE: Final = 60e6


def read_midi(data: bytes) -> Score:
    """The score in a Standard MIDI file of type 0, 1 or 2, bare or in a RIFF wrapper.

    Each track is one program on one channel of one track of the file, and has notes. Tempi are in beats per minute as
    the file was written: 909091 microseconds a beat is 66. Notes that overlap on one pitch end first in, first out. A
    velocity may be out of range where the file's is.

    Raises ParseError with the reasons empty_file, not_midi, smpte_time, truncated or malformed.
    """
    body = sound_container(data)
    try:
        parsed = symusic.Score.from_midi(body)
    except (RuntimeError, ValueError, IndexError, OverflowError) as error:
        raise first_fault(body) from error
    score = _score_of(parsed)
    if score.notes.pitch.max(initial=0) > _MAX_DATA_BYTE:
        raise first_fault(body)
    if min(score.notes.onset.min(initial=0), score.notes.duration.min(initial=0)) < 0:
        raise ParseError("malformed", "time runs past the 2^31 ticks that can be counted")
    return score


def _score_of(parsed: Any) -> Score:
    sounding = [track for track in parsed.tracks if len(track.notes)]
    plain = [Track(track.name, track.program, is_drum=track.is_drum, voice=role_of(track.name)) for track in sounding]
    tracks = tuple(replace(track, channel=channel) for track, channel in zip(plain, channels_of(plain), strict=True))
    return Score(parsed.tpq, _notes_of(sounding), tracks, _events_of(parsed, sounding))


def _notes_of(tracks: list[Any]) -> Notes:
    columns = [track.notes.numpy() for track in tracks]
    if not columns:
        return Notes.empty()
    joined = {name: np.concatenate([column[name] for column in columns]) for name in columns[0]}
    return Notes.of(
        onset=joined["time"],
        duration=joined["duration"],
        pitch=joined["pitch"],
        velocity=joined["velocity"],
        track=np.repeat(np.arange(len(columns)), [len(column["time"]) for column in columns]),
    )


class _Block(NamedTuple):
    """Events of one kind and track; a column that is None is empty (0 or "")."""

    kind: EventKind
    track: int
    onset: NDArray[np.int32] | list[int]
    number: ArrayLike | None = None
    value: ArrayLike | None = None
    text: list[str] | None = None


def _events_of(parsed: Any, sounding: list[Any]) -> Events:
    """All events in order of onset, kind, track and place in the file."""
    tempos, meters, keys = (parsed.tempos.numpy(), parsed.time_signatures.numpy(), parsed.key_signatures.numpy())
    blocks = [
        _Block("tempo", WHOLE_PIECE, tempos["time"], None, beats_per_minute(tempos["mspq"])),
        _Block("time_signature", WHOLE_PIECE, meters["time"], meters["numerator"], meters["denominator"]),
        _Block("key_signature", WHOLE_PIECE, keys["time"], keys["key"], keys["tonality"]),
        *_markers(parsed.markers),
        *_lyrics(parsed.tracks),
    ]
    for number, track in enumerate(sounding):
        if len(track.controls):
            controls = track.controls.numpy()
            blocks.append(_Block("control_change", number, controls["time"], controls["number"], controls["value"]))
        if len(track.pitch_bends):
            bends = track.pitch_bends.numpy()
            blocks.append(_Block("pitch_bend", number, bends["time"], None, bends["value"]))
    events = _joined(blocks)
    order = events.onset.astype(np.int64) << 24 | events.kind.astype(np.int64) << 16 | (events.track + 1)
    return events.take(np.argsort(order, kind="stable"))


def _joined(blocks: list[_Block]) -> Events:
    lengths = [len(block.onset) for block in blocks]
    total = sum(lengths)
    events = Events(
        np.concatenate([block.onset for block in blocks], dtype=np.int32, casting="unsafe"),
        np.repeat(np.array([EVENT_KINDS.index(block.kind) for block in blocks], np.uint8), lengths),
        np.repeat(np.array([block.track for block in blocks], np.int16), lengths),
        np.zeros(total, np.int32),
        np.zeros(total),
        np.full(total, "", object),
    )
    start = 0
    for block, length in zip(blocks, lengths, strict=True):
        rows = slice(start, start + length)
        for name in ("number", "value", "text") if length else ():
            column = getattr(block, name)
            if column is not None:
                getattr(events, name)[rows] = column
        start += length
    return events


def beats_per_minute(microseconds: NDArray[np.int32]) -> NDArray[np.float64]:
    """Tempi as they were meant: with two decimals where those give the same microseconds back; 0 gives infinity."""
    with np.errstate(divide="ignore"):
        exact = _MICROSECONDS_PER_MINUTE / microseconds
        short = np.round(exact, 2)
        return np.where(np.rint(_MICROSECONDS_PER_MINUTE / short) == microseconds, short, exact)


def _markers(markers: Any) -> list[_Block]:
    """Markers and, apart, those that stand for chord symbols."""
    rows = [(marker.time, marker.text) for marker in markers]
    chords = [(time, text.removeprefix(CHORD_MARKER)) for time, text in rows if text.startswith(CHORD_MARKER)]
    plain = [(time, text) for time, text in rows if not text.startswith(CHORD_MARKER)]
    return [_texts("marker", plain), _texts("chord_symbol", chords)]


def _lyrics(tracks: list[Any]) -> list[_Block]:
    """Lyrics with the number of their track among those that sound.

    symusic puts a track's lyrics into a track of their own, of the same name, behind those with its notes.
    """
    blocks = []
    number, name = WHOLE_PIECE, None
    for track in tracks:
        if len(track.notes):
            number, name = number + 1, track.name
        if len(track.lyrics):
            rows = [(lyric.time, lyric.text) for lyric in track.lyrics]
            blocks.append(_texts("lyric", rows, number if track.name == name else WHOLE_PIECE))
    return blocks


def _texts(kind: EventKind, rows: list[tuple[int, str]], track: int = WHOLE_PIECE) -> _Block:
    return _Block(kind, track, [time for time, _ in rows], text=[text for _, text in rows])
