"""`Score`: one piece of music as frozen columns. No file format and no notion of seconds live here.

Time is in whole units of `1 / ticks_per_beat` of a quarter note. A quantized score is the same value with a coarser
clock (`ticks_per_beat` = 24 steps), so everything that reads a `Score` reads both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

EventKind = Literal[
    "tempo",
    "time_signature",
    "key_signature",
    "control_change",
    "pitch_bend",
    "lyric",
    "marker",
    "chord_symbol",
    "text",
]
EVENT_KINDS: tuple[EventKind, ...] = get_args(EventKind)
"""What an event can be. `number` and `value` mean, in this order:

tempo: -, beats per minute · time_signature: numerator, denominator · key_signature: sharps (flats negative), 1 if minor
· control_change: controller, 0-127 · pitch_bend: -, -8192..8191 · the others carry `text` alone.
"""

CHORD_MARKER = "chord:"
"""How the text of a MIDI marker begins that stands for a chord symbol."""

WHOLE_PIECE = -1
"""The track number of an event that concerns no single track."""

_ROWS_AT_A_TIME = 1 << 17


@dataclass(frozen=True, slots=True, eq=False)
class Notes:
    """Note columns of equal length N, sorted by onset, then track, pitch and duration (see `Notes.of`)."""

    onset: NDArray[np.int32]
    duration: NDArray[np.int32]
    pitch: NDArray[np.uint8]
    velocity: NDArray[np.uint8]
    track: NDArray[np.uint16]

    @classmethod
    def of(
        cls, *, onset: ArrayLike, duration: ArrayLike, pitch: ArrayLike, velocity: ArrayLike = 64, track: ArrayLike = 0
    ) -> Self:
        """Build sorted columns; `velocity` and `track` may be single values.

        >>> Notes.of(onset=[24, 0], duration=24, pitch=[62, 60]).pitch.tolist()
        [60, 62]
        """
        columns = np.broadcast_arrays(
            *(np.atleast_1d(np.asarray(c)) for c in (onset, track, pitch, duration, velocity))
        )
        order = note_order(*columns[:4])
        start, part, key, length, force = (column[order] for column in columns)
        return cls(
            onset=start.astype(np.int32),
            duration=length.astype(np.int32),
            pitch=key.astype(np.uint8),
            velocity=force.astype(np.uint8),
            track=part.astype(np.uint16),
        )

    @classmethod
    def empty(cls) -> Self:
        return cls.of(onset=[], duration=[], pitch=[], velocity=[], track=[])

    @property
    def offset(self) -> NDArray[np.int32]:
        """Where each note ends: onset + duration."""
        return self.onset + self.duration

    def __len__(self) -> int:
        return len(self.onset)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Self:
        """The notes at `rows` (a mask, indices or a slice), in the order given."""
        return type(self)(
            self.onset[rows], self.duration[rows], self.pitch[rows], self.velocity[rows], self.track[rows]
        )

    def equals(self, other: Notes) -> bool:
        """Equality of every column."""
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in self.__slots__)


def note_order(
    onset: NDArray[Any], track: NDArray[Any], pitch: NDArray[Any], duration: NDArray[Any]
) -> NDArray[np.intp]:
    """The order of notes by these columns; one stable sort unless it leaves notes of one place the longer first."""
    place = onset.astype(np.int64)  # then in place: of large files this is the most memory that reading takes
    place <<= 24
    place |= track.astype(np.int64) << 8
    place |= pitch.astype(np.uint8)
    order = np.argsort(place, kind="stable")
    blocks = (order[start : start + _ROWS_AT_A_TIME + 1] for start in range(0, len(order), _ROWS_AT_A_TIME))
    if any(_is_longer_first(place[rows], duration[rows]) for rows in blocks):
        return np.lexsort([duration, place])
    return order


def _is_longer_first(place: NDArray[np.int64], duration: NDArray[Any]) -> bool:
    """Of sorted places, does one come twice, the longer duration first?"""
    return bool(((place[1:] == place[:-1]) & (duration[1:] < duration[:-1])).any())


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Everything in a score that is not a note, as columns of equal length, in order of onset."""

    onset: NDArray[np.int32]
    kind: NDArray[np.uint8]
    """Index into `EVENT_KINDS`."""
    track: NDArray[np.int16]
    """Track number, or `WHOLE_PIECE`."""
    number: NDArray[np.int32]
    value: NDArray[np.float64]
    text: NDArray[np.object_]

    @classmethod
    def of(cls, rows: Sequence[tuple[EventKind, int, int, int, float, str]]) -> Self:
        """Build from (kind, onset, track, number, value, text) rows, stably sorted by onset.

        >>> Events.of([("tempo", 0, WHOLE_PIECE, 0, 90.0, "")]).select("tempo").value.tolist()
        [90.0]
        """
        kinds, onsets, tracks, numbers, values, texts = zip(*rows, strict=True) if rows else ((),) * 6
        built = cls(
            onset=np.array(onsets, np.int32),
            kind=np.array([EVENT_KINDS.index(kind) for kind in kinds], np.uint8),
            track=np.array(tracks, np.int16),
            number=np.array(numbers, np.int32),
            value=np.array(values, np.float64),
            text=np.array(texts, object),
        )
        return built.take(np.argsort(built.onset, kind="stable"))

    @classmethod
    def empty(cls) -> Self:
        return cls.of([])

    def __len__(self) -> int:
        return len(self.onset)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Self:
        """The events at `rows` (a mask, indices or a slice), in the order given."""
        return type(self)(*(getattr(self, name)[rows] for name in self.__slots__))

    def select(self, kind: EventKind) -> Self:
        """The events of one kind."""
        return self.take(self.kind == EVENT_KINDS.index(kind))

    def equals(self, other: Events) -> bool:
        """Equality of every column."""
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class Track:
    """One part of a score."""

    name: str = ""
    program: int = 0
    """General MIDI program, 0-127."""
    channel: int = 0
    """MIDI channel, 0-15."""
    is_drum: bool = False
    voice: str = ""
    """The part's role in a notated score (soprano, left hand), empty if unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """A piece: `ticks_per_beat` (quarter note) is the clock of every onset and duration in it."""

    ticks_per_beat: int
    notes: Notes = field(default_factory=Notes.empty)
    tracks: tuple[Track, ...] = (Track(),)
    events: Events = field(default_factory=Events.empty)

    @property
    def end(self) -> int:
        """The last offset or event onset, in ticks; 0 for an empty score."""
        last_note = int(self.notes.offset.max()) if len(self.notes) else 0
        return max(last_note, int(self.events.onset.max()) if len(self.events) else 0)

    @property
    def music_end(self) -> int:
        """The last note's offset, in ticks; 0 without notes."""
        return int(self.notes.offset.max()) if len(self.notes) else 0

    @property
    def is_drum(self) -> NDArray[np.bool_]:
        """Per note: does it belong to a drum track?"""
        return np.array([track.is_drum for track in self.tracks], bool)[self.notes.track]

    def with_notes(self, notes: Notes) -> Score:
        """The same score with other notes."""
        return replace(self, notes=notes)

    def with_events(self, events: Events) -> Score:
        """The same score with other events."""
        return replace(self, events=events)

    def equals(self, other: Score) -> bool:
        """Equality of clock, tracks and every column."""
        return (
            self.ticks_per_beat == other.ticks_per_beat
            and self.tracks == other.tracks
            and self.notes.equals(other.notes)
            and self.events.equals(other.events)
        )
