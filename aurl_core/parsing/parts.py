"""The parts of a music21 score: their tracks, and their notes with tied ones joined, in quarter notes.

Scores of them are made in notation.py, which says what becomes of notation.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from music21 import dynamics, exceptions21, harmony, instrument, note, stream

from aurl_core.parsing.roles import HANDS, VOICES, role_of
from aurl_core.score.instrument import channels_of
from aurl_core.score.score import Track

_MAX_DENOMINATOR: Final = 4096
_CHOIR: Final = 52
_VELOCITY: Final = 64


@dataclass(slots=True)
class SoundingNote:
    """A note, times in quarter notes; it grows while tied notes follow."""

    onset: Fraction
    offset: Fraction
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Part:
    """A part that has notes: its track, its notes, its elements with their onsets, and its measures."""

    track: Track
    notes: list[SoundingNote]
    elements: list[tuple[Fraction, Any]]
    measures: list[Any]


def quarters(time: float | Fraction) -> Fraction:
    """A time of music21's as an exact number of quarter notes."""
    return Fraction(time).limit_denominator(_MAX_DENOMINATOR)


def one_line(text: str) -> str:
    """Text without line breaks and doubled spaces."""
    return " ".join(text.split())


def parts_of(parsed: Any) -> list[Part]:
    """The parts of a music21 score that have notes, at sounding pitch."""
    found = list(parsed.parts) if isinstance(parsed, stream.Score) and parsed.parts else [parsed]
    if any(player.transposition is not None for player in parsed.recurse().getElementsByClass(instrument.Instrument)):
        parsed.toSoundingPitch(inPlace=True)
    names = _names_of(found)
    parts = []
    for part, name in zip(found, names, strict=True):
        elements = [(quarters(element.offset), element) for element in part.flatten()]
        notes = _notes_of(elements)
        if notes:
            parts.append(Part(_track_of(part, name), notes, elements, list(part.getElementsByClass(stream.Measure))))
    channels = channels_of([part.track for part in parts])
    return [
        replace(part, track=replace(part.track, channel=channel)) for part, channel in zip(parts, channels, strict=True)
    ]


def _names_of(parts: list[Any]) -> list[str]:
    """The parts' names; two staves of one player are told apart by hand."""
    names = [one_line(part.partName or "") or f"Part {number}" for number, part in enumerate(parts, 1)]
    for first in range(len(parts) - 1):
        pair = parts[first : first + 2]
        if all(isinstance(part, stream.PartStaff) for part in pair) and names.count(names[first]) == 2:
            names[first : first + 2] = [f"{names[first]}, {hand}" for hand in HANDS]
    return names


def _track_of(part: Any, name: str) -> Track:
    is_drum = all(isinstance(element, note.Unpitched) for element in part.recurse().notes)
    return Track(name=name, program=0 if is_drum else _program_of(part, name), is_drum=is_drum, voice=role_of(name))


def _program_of(part: Any, name: str) -> int:
    """The General MIDI program the part asks for, else that of the instrument in its name, a choir for a bare voice."""
    player = part.getInstrument(returnDefault=False)
    if player is not None and player.midiProgram is not None:
        return int(player.midiProgram)
    if role_of(name) in VOICES:
        return _CHOIR
    try:
        return int(instrument.fromString(name).midiProgram or 0)
    except exceptions21.Music21Exception:
        return 0


def _notes_of(elements: list[tuple[Fraction, Any]]) -> list[SoundingNote]:
    """The notes of a part, tied ones joined."""
    loudness = [(at, mark.volumeScalar) for at, mark in elements if isinstance(mark, dynamics.Dynamic)]
    notes: list[SoundingNote] = []
    tied: dict[int, SoundingNote] = {}
    for onset, element in elements:
        if not isinstance(element, note.NotRest) or isinstance(element, harmony.Harmony) or element.duration.isGrace:
            continue
        offset, velocity = onset + quarters(element.duration.quarterLength), _velocity(loudness, onset)
        for head in getattr(element, "notes", (element,)):
            pitch = _pitch_of(head)
            kind = head.tie.type if head.tie is not None else None
            sounding = tied.pop(pitch, None) if kind in ("continue", "stop") else None
            if sounding is None or sounding.offset != onset:
                sounding = SoundingNote(onset, offset, pitch, velocity)
                notes.append(sounding)
            sounding.offset = offset
            if kind in ("start", "continue"):
                tied[pitch] = sounding
    return [sounding for sounding in notes if sounding.offset > sounding.onset]


def _pitch_of(head: Any) -> int:
    if isinstance(head, note.Unpitched):
        player = head.storedInstrument
        mapped = getattr(player, "percMapPitch", None)
        return int(mapped if mapped is not None else head.displayPitch().midi)
    return int(head.pitch.midi)


def _velocity(loudness: list[tuple[Fraction, float]], onset: Fraction) -> int:
    """The velocity that the last dynamic mark asks for."""
    index = bisect_right(loudness, onset, key=lambda mark: mark[0])
    return round(127 * loudness[index - 1][1]) if index else _VELOCITY
