"""Note elements of MusicXML: a symbol as the notes of its chord or as a rest. Measures and parts are in musicxml.py."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from aurl_core.rendering.rhythm import Symbol
from aurl_core.rendering.spelling import signature_alter, spell_pitch

_ACCIDENTALS: Final = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
_DRUM_PLACES: Final = {
    35: "F4", 36: "F4", 37: "C5", 38: "C5", 39: "C5", 40: "C5", 41: "G4", 42: "G5", 43: "A4", 44: "D4", 45: "B4",
    46: "G5", 47: "D5", 48: "E5", 49: "A5", 50: "F5", 51: "F5", 52: "A5", 53: "F5", 55: "A5", 57: "A5", 59: "F5",
}  # fmt: skip
"""Where General MIDI's drums stand on the staff (Weinberg, Guidelines for Drumset Notation, 1998)."""
_DRUM_DEFAULT: Final = "E5"
_CROSSED: Final = frozenset((42, 44, 46, 49, 51, 52, 53, 55, 57, 59))
"""Hi-hats and cymbals, which have crosses for heads."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a voice's symbols of one bar stand, and what is known there."""

    part_id: str
    voice: int
    staff: int | None
    """Staff number from 1, or None where the part has a single staff."""
    bar_start: int
    is_drum: bool
    shows_rests: bool
    accidentals: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """By (start, pitch), see `accidentals_of`."""


def child(parent: ET.Element, tag: str, text: object = None, **attributes: str) -> ET.Element:
    """Append an element; `text` None leaves it empty."""
    element = ET.SubElement(parent, tag, attributes)
    if text is not None:
        element.text = str(text)
    return element


def drum_id(part_id: str, pitch: int) -> str:
    """The id of the instrument that stands for one drum of a part."""
    return f"{part_id}-D{pitch}"


def accidentals_of(
    voices: Sequence[Sequence[Symbol]], *, bar_start: int, fifths: int
) -> list[dict[tuple[int, int], str]]:
    """Voice by voice, the accidentals that one bar of one staff needs, by (start, pitch).

    One is printed where a tone differs from the key signature or from the last accidental on its line in the bar; a
    note held over from before prints none.
    """
    in_force: dict[tuple[str, int], int] = {}
    printed: list[dict[tuple[int, int], str]] = [{} for _ in voices]
    for start, voice, pitch in sorted(_struck(voices, bar_start)):
        step, alter, octave = spell_pitch(pitch, fifths=fifths)
        if in_force.get((step, octave), signature_alter(step, fifths=fifths)) != alter:
            printed[voice][start, pitch] = _ACCIDENTALS[alter]
        in_force[step, octave] = alter
    return printed


def _struck(voices: Sequence[Sequence[Symbol]], bar_start: int) -> Iterator[tuple[int, int, int]]:
    for voice, symbols in enumerate(voices):
        for symbol in symbols:
            if symbol.chord and symbol.chord.onset == bar_start + symbol.start:
                yield from ((symbol.start, voice, pitch) for pitch in symbol.chord.pitches)


def add_symbol(measure: ET.Element, symbol: Symbol, place: Place) -> None:
    """Append a symbol's note elements to a measure: one for each pitch of its chord, or a rest."""
    if symbol.chord is None:
        _add_rest(measure, symbol, place)
        return
    for index, pitch in enumerate(symbol.chord.pitches):
        note = ET.SubElement(measure, "note")
        if index:
            child(note, "chord")
        _add_pitch(note, pitch, place, fifths=symbol.chord.fifths)
        child(note, "duration", symbol.duration)
        ties = _ties(symbol, place.bar_start)
        for tie in ties:
            child(note, "tie", type=tie)
        if place.is_drum:
            child(note, "instrument", id=drum_id(place.part_id, pitch))
        _add_value(note, symbol, place, accidental=place.accidentals.get((symbol.start, pitch)))
        if place.is_drum and pitch in _CROSSED:
            child(note, "notehead", "x")
        _add_staff_and_beams(note, symbol, place, is_first=index == 0)
        _add_notations(note, symbol, ties, is_first=index == 0)


def add_bar_rest(measure: ET.Element, length: int, place: Place) -> None:
    """Append a rest that fills a bar of `length` steps."""
    note = ET.SubElement(measure, "note")
    child(note, "rest", measure="yes")
    child(note, "duration", length)
    child(note, "voice", place.voice)
    if place.staff:
        child(note, "staff", place.staff)


def _add_rest(measure: ET.Element, symbol: Symbol, place: Place) -> None:
    note = child(measure, "note", None, **({} if place.shows_rests else {"print-object": "no"}))
    child(note, "rest")
    child(note, "duration", symbol.duration)
    _add_value(note, symbol, place, accidental=None)
    _add_staff_and_beams(note, symbol, place, is_first=True)
    _add_notations(note, symbol, (), is_first=True)


def _add_pitch(note: ET.Element, pitch: int, place: Place, *, fifths: int) -> None:
    if place.is_drum:
        unpitched = child(note, "unpitched")
        line = _DRUM_PLACES.get(pitch, _DRUM_DEFAULT)
        child(unpitched, "display-step", line[0])
        child(unpitched, "display-octave", line[1])
        return
    spelling = spell_pitch(pitch, fifths=fifths)
    element = child(note, "pitch")
    child(element, "step", spelling.step)
    child(element, "alter", spelling.alter)
    child(element, "octave", spelling.octave)


def _ties(symbol: Symbol, bar_start: int) -> tuple[str, ...]:
    assert symbol.chord is not None
    begins = symbol.chord.onset == bar_start + symbol.start
    ends = symbol.chord.offset == bar_start + symbol.end
    return (() if begins else ("stop",)) + (() if ends else ("start",))


def _add_value(note: ET.Element, symbol: Symbol, place: Place, *, accidental: str | None) -> None:
    child(note, "voice", place.voice)
    child(note, "type", symbol.name)
    for _ in range(symbol.num_dots):
        child(note, "dot")
    if accidental:
        child(note, "accidental", accidental)
    if symbol.is_triplet:
        modification = child(note, "time-modification")
        child(modification, "actual-notes", 3)
        child(modification, "normal-notes", 2)


def _add_staff_and_beams(note: ET.Element, symbol: Symbol, place: Place, *, is_first: bool) -> None:
    if place.staff:
        child(note, "staff", place.staff)
    if is_first:
        for level, beam in enumerate(symbol.beams, start=1):
            child(note, "beam", beam, number=str(level))


def _add_notations(note: ET.Element, symbol: Symbol, ties: Sequence[str], *, is_first: bool) -> None:
    brackets = [
        *(["start"] if symbol.opens_triplet and is_first else []),
        *(["stop"] if symbol.closes_triplet and is_first else []),
    ]
    if not ties and not brackets:
        return
    notations = child(note, "notations")
    for tie in ties:
        child(notations, "tied", type=tie)
    for bracket in brackets:
        child(notations, "tuplet", type=bracket, number="1")
