"""A score laid out for a page: parts, staves, voices and bars on the 24-step grid. No file format lives here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from aurl_core.rendering.rhythm import STEPS_PER_BEAT
from aurl_core.rendering.spelling import likely_fifths
from aurl_core.rendering.voices import MIDDLE_C, Chord, staves_of, voices_of
from aurl_core.score.instrument import FAMILIES, family_of
from aurl_core.score.score import Events, Notes, Score, Track
from aurl_core.score.time import BarGrid

Clef = Literal["treble", "bass", "percussion"]
_COMPOUND_BEAT: Final = STEPS_PER_BEAT * 3 // 2


@dataclass(frozen=True, slots=True)
class Staff:
    """One staff: its clef and, voice by voice, the chords that sound in each bar (by bar number)."""

    clef: Clef
    voices: tuple[Mapping[int, list[Chord]], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One track as it stands on the page."""

    name: str
    track: Track
    pitches: tuple[int, ...]
    """The pitches that occur, ascending."""
    staves: tuple[Staff, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A whole score laid out; bars are numbered from 0."""

    bars: BarGrid
    fifths: NDArray[np.int64]
    """The key signature in force in each bar, in sharps."""
    tempos: Mapping[int, list[tuple[int, float]]]
    """By bar: (position in steps, beats per minute) of each tempo event."""
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, score: Score) -> Self:
        """Lay out a score, rounded to the grid if its clock is another: one part for each track with notes."""
        score = on_notation_grid(score)
        bars = BarGrid.of(score)
        tracks = sorted({int(track) for track in score.notes.track}) or [0]
        fifths = _fifths_of(score, bars)
        parts = tuple(_part(score, bars, fifths, number) for number in tracks)
        return cls(bars, fifths, _tempos_of(score, bars), parts)

    def beam_length(self, bar: int) -> int:
        """How many steps beam together in a bar: a quarter note, or a dotted one in compound meters."""
        numerator, denominator = int(self.bars.numerator[bar]), int(self.bars.denominator[bar])
        return _COMPOUND_BEAT if denominator >= 8 and numerator % 3 == 0 else STEPS_PER_BEAT

    def is_partial(self, bar: int) -> bool:
        """Is the bar a pickup, or cut short by a meter that changes within it?"""
        nominal = int(self.bars.numerator[bar]) * 4 * STEPS_PER_BEAT / int(self.bars.denominator[bar])
        return bool(self.bars.length[bar] != nominal)


def on_notation_grid(score: Score) -> Score:
    """The score in 24 steps a beat: itself if that is its clock, else with every onset and offset at the nearest step.

    No note becomes shorter than one step.
    """
    if score.ticks_per_beat == STEPS_PER_BEAT:
        return score
    notes, events, scale = score.notes, score.events, STEPS_PER_BEAT / score.ticks_per_beat
    onset, offset = np.rint(notes.onset * scale), np.rint(notes.offset * scale)
    moved = (np.rint(events.onset * scale).astype(np.int32), *(getattr(events, name) for name in Events.__slots__[1:]))
    return Score(
        STEPS_PER_BEAT,
        Notes.of(
            onset=onset,
            duration=np.maximum(offset - onset, 1),
            pitch=notes.pitch,
            velocity=notes.velocity,
            track=notes.track,
        ),
        score.tracks,
        Events(*moved),
    )


def _part(score: Score, bars: BarGrid, fifths: NDArray[np.int64], number: int) -> Part:
    track = score.tracks[number] if score.tracks else Track()
    notes = score.notes.take(score.notes.track == number)
    staves = [notes] if track.is_drum else staves_of(notes, steps_per_beat=STEPS_PER_BEAT)
    return Part(
        track.name.strip() or FAMILIES[family_of(track)],
        track,
        tuple(np.unique(notes.pitch).tolist()),
        tuple(
            Staff(_clef(track, staff), tuple(_by_bar(voice, bars, fifths) for voice in voices_of(staff)))
            for staff in staves
        ),
    )


def _clef(track: Track, notes: Notes) -> Clef:
    if track.is_drum:
        return "percussion"
    return "bass" if len(notes) and np.median(notes.pitch) < MIDDLE_C else "treble"


def _by_bar(voice: list[Chord], bars: BarGrid, fifths: NDArray[np.int64]) -> dict[int, list[Chord]]:
    """The chords that sound in each bar; one that is held over a bar line is listed on both its sides."""
    first = bars.bar_of([chord.onset for chord in voice]).tolist()
    last = bars.bar_of([chord.offset - 1 for chord in voice]).tolist()
    sounding: defaultdict[int, list[Chord]] = defaultdict(list)
    for chord, start, stop in zip(voice, first, last, strict=True):
        for bar in range(start, stop + 1):
            sounding[bar].append(chord._replace(fifths=int(fifths[start])))
    return dict(sounding)


def _fifths_of(score: Score, bars: BarGrid) -> NDArray[np.int64]:
    """The key in force where each bar starts; the key that fits best if the score names none."""
    keys = score.events.select("key_signature")
    if not len(keys):
        return np.full(len(bars), likely_fifths(score.notes.take(~score.is_drum)))
    named = np.clip(keys.number.astype(np.int64), -7, 7)
    place = np.searchsorted(keys.onset, bars.start, side="right") - 1
    return np.where(place >= 0, named[np.maximum(place, 0)], 0)


def _tempos_of(score: Score, bars: BarGrid) -> dict[int, list[tuple[int, float]]]:
    tempos = score.events.select("tempo")
    inside = tempos.take(tempos.onset < max(score.music_end, 1))
    marks: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    places = zip(bars.bar_of(inside.onset).tolist(), bars.position_of(inside.onset).tolist(), strict=True)
    for (bar, position), tempo_bpm in zip(places, inside.value.tolist(), strict=True):
        marks[bar].append((position, tempo_bpm))
    return dict(marks)
