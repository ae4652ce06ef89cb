"""A damaged MIDI file read chunk by chunk: every complete note before and after the damage.

For sound files it gives what the fast reader of midi.py gives, many times slower. Nothing is mended here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from aurl_core.parsing.assembly import Block, Texts, score_of, text_block, whole_piece_blocks
from aurl_core.parsing.container import Container
from aurl_core.parsing.reading import LATEST_TICK, Fault, Reading
from aurl_core.parsing.salvage_events import TrackEvents, read_events
from aurl_core.parsing.salvage_notes import SoundingPart, parts_of_track
from aurl_core.parsing.texts import text_of
from aurl_core.score.score import WHOLE_PIECE, EventKind

_DEFAULTS: Final = {0x51: (500_000).to_bytes(3, "big"), 0x58: bytes([4, 2, 24, 8])}
"""What holds until a file says otherwise: 120 BPM, and 4/4."""
_TEXT, _NAME, _LYRIC, _MARKER, _TEMPO, _METER, _KEY = 0x01, 0x03, 0x05, 0x06, 0x51, 0x58, 0x59


def salvage(body: bytes, container: Container) -> Reading:
    """What can be read of the tracks of `body`, whose container this is."""
    tracks, faults = list[TrackEvents](), list(container.faults)
    for number, chunk in enumerate(container.tracks):
        events = read_events(body, chunk)
        told = events.faults + _lateness(events, chunk.end)
        faults += [fault._replace(detail=f"track {number}, {fault.detail}") for fault in told]
        tracks.append(events)
    if container.is_sequence and _is_sequence(tracks):
        _put_in_sequence(tracks, container.ticks_per_beat)
    elif container.is_sequence:
        faults.append(Fault("container", 8, "the header says type 2, and one tempo map serves all tracks"))
    parts, blocks = list[SoundingPart](), _whole_piece(tracks, container)
    for events in tracks:
        found = parts_of_track(events, name=_name(events))
        blocks += _steering(found, len(parts))
        parts += found
        blocks += _texts(events, len(parts) - 1 if found else WHOLE_PIECE)
    return Reading.of(score_of(container.ticks_per_beat, [one.part for one in parts], blocks), faults)


def _is_sequence(tracks: Sequence[TrackEvents]) -> bool:
    """Whether the tracks of a type 2 file are patterns of their own, as the standard says, each with its tempi and
    meters; with all of those in the first track, it is a type 1 file under a wrong number."""
    has_map = [any(kind in (_TEMPO, _METER) for _, kind, _ in events.metas) for events in tracks]
    return any(has_map[1:]) or not has_map[0]


def _put_in_sequence(tracks: Sequence[TrackEvents], ticks_per_beat: int) -> None:
    """Let each track begin on the first beat after the one before it, in 4/4 at 120 BPM unless it says otherwise."""
    start = 0
    for events in tracks:
        events.delay(start)
        for kind, default in _DEFAULTS.items():
            if not any(tick == start and found == kind for tick, found, _ in events.metas):
                events.metas.insert(0, (start, kind, default))
        start = -(-events.end // ticks_per_beat) * ticks_per_beat


def _lateness(events: TrackEvents, position: int) -> list[Fault]:
    late = f"the track lasts {events.end} ticks, {LATEST_TICK} can be counted"
    return [Fault("salvaged", position, late)] if events.end > LATEST_TICK else []


def _name(events: TrackEvents) -> str:
    """The track's last name, as symusic takes it."""
    return next((text_of(content) for _, kind, content in reversed(events.metas) if kind == _NAME), "")


def _whole_piece(tracks: Sequence[TrackEvents], container: Container) -> list[Block]:
    """Tempi, meters, keys and markers of all tracks, by tick."""
    tempos = _rows(tracks, _TEMPO, 3)
    meters = [row for row in _rows(tracks, _METER, 2) if row[2][1] < 32]
    keys = _rows(tracks, _KEY, 2)
    return whole_piece_blocks(
        tempos=container.tempos(
            np.array([tick for tick, *_ in tempos], np.int32),
            np.array([int.from_bytes(data[:3], "big") for *_, data in tempos], np.int32),
        ),
        meters=(
            [tick for tick, *_ in meters],
            [data[0] for *_, data in meters],
            [float(1 << data[1]) for *_, data in meters],
        ),
        keys=(
            [tick for tick, *_ in keys],
            [data[0] - 256 * (data[0] > 127) for *_, data in keys],
            [float(data[1]) for *_, data in keys],
        ),
        markers=[(tick, text_of(data)) for tick, _, data in _rows(tracks, _MARKER, 0)],
    )


def _rows(tracks: Sequence[TrackEvents], kind: int, size: int) -> list[tuple[int, int, bytes]]:
    """The meta events of a kind that have at least `size` bytes, by tick."""
    metas = (meta for events in tracks for meta in events.metas)
    return sorted((meta for meta in metas if meta[1] == kind and len(meta[2]) >= size), key=lambda meta: meta[0])


def _texts(events: TrackEvents, part: int) -> Iterator[Block]:
    kinds: tuple[tuple[EventKind, int], ...] = (("lyric", _LYRIC), ("text", _TEXT))
    for kind, meta in kinds:
        rows: Texts = [(tick, text_of(data)) for tick, found, data in events.metas if found == meta]
        yield text_block(kind, rows, part)


def _steering(parts: Sequence[SoundingPart], number: int) -> Iterator[Block]:
    for place, (_, controls, bends) in enumerate(parts, number):
        yield Block("control_change", place, controls.onset, controls.number, controls.value)
        yield Block("pitch_bend", place, bends.onset, None, bends.value)
