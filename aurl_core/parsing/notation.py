"""Notated scores (MusicXML, ABC, Humdrum) to `Score`, through music21. Only whoever converts imports this module.

What becomes of notation: a track per part that has notes; tied notes are one note; repeats stand as written, each bar
once; grace notes, which have no time of their own, are left out; ornaments are not played; of several verses the first
is kept. A bar that its meter does not fill (a pickup, the end of a section) gets the time signature of its real length,
so that bars are exact. Fermatas and chord symbols are events. Notes of one part that share a pitch at one time are
brought to what MIDI can hold: the longest of those that start together, each ending where the next begins.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
from music21 import converter, expressions, harmony, key, meter, stream, tempo

from aurl_core.errors import ParseError
from aurl_core.parsing.assembly import beats_per_minute
from aurl_core.parsing.parts import Part, one_line, parts_of, quarters
from aurl_core.parsing.stated import Stated
from aurl_core.score.lines import apart
from aurl_core.score.phrases import FERMATA
from aurl_core.score.score import EVENT_KINDS, WHOLE_PIECE, EventKind, Events, Notes, Score

_UNIT: Final = re.compile(r"^[LM]:", re.MULTILINE)
_RHYTHM: Final = re.compile(r"^R:[ \t]*(\S.*)$", re.MULTILINE)
_YEAR: Final = re.compile(r"\b1[0-9]{3}\b|\b20[0-9]{2}\b")
_KEY: Final = re.compile(r"^K:", re.MULTILINE)
_TICKS_PER_BEAT: Final = 480
_MAX_TICKS_PER_BEAT: Final = 0x7FFF
_ROUNDED_TICKS_PER_BEAT: Final = 10080
_MICROSECONDS_PER_MINUTE: Final = 60e6

_Row = tuple[EventKind, Fraction, int, int, float, str]
"""An event with its onset in quarter notes: kind, onset, track, number, value, text."""


@dataclass(frozen=True, slots=True)
class Notation:
    """A converted score and what it says about itself."""

    score: Score
    stated: Stated


def read_notation(file: Path) -> Notation:
    """The score in a .mxl, .xml, .musicxml, .abc or .krn file.

    Raises ParseError(notation) if music21 cannot read it, if nothing sounds in it, or if it holds several pieces.
    """
    try:
        parsed = _single_score(_parsed(file))
        parts = parts_of(parsed)
        if not parts:
            raise ParseError("notation", "no note sounds in this score")
        return Notation(_score_of(parts), _stated(parsed, file))
    except (ParseError, MemoryError):
        raise
    except Exception as error:  # music21 raises whatever its parsers stumble over
        seen = " ".join(str(error).split())[:300]
        raise ParseError("notation", f"music21 stopped with {type(error).__name__}: {seen}") from error


def _parsed(file: Path) -> Any:
    """What music21 makes of a file; ABC goes there as text, since music21 leaves such files open."""
    if file.suffix.lower() == ".abc":
        return converter.parseData(with_unit_length(file.read_text(errors="replace")), format="abc")
    return converter.parse(file, forceSource=True, storePickle=False)


def with_unit_length(abc: str) -> str:
    r"""ABC that says its unit of length, which music21 wants: an eighth where neither L nor M does (ABC 2.1, 3.1.7).

    >>> with_unit_length("X:1\nK:C\nC")
    'X:1\nL:1/8\nK:C\nC'
    """
    return abc if _UNIT.search(abc) else _KEY.sub(r"L:1/8\n\g<0>", abc)


def _single_score(parsed: Any) -> Any:
    if not isinstance(parsed, stream.Opus):
        return parsed
    scores = list(parsed.scores)
    if len(scores) != 1:
        raise ParseError("notation", f"the file holds {len(scores)} pieces; give each a file of its own")
    return scores[0]


def _stated(parsed: Any, file: Path) -> Stated:
    """What a score's header says: MusicXML's identification, ABC's fields, Humdrum's reference records."""
    said = {} if parsed.metadata is None else {name: one_line(str(value)) for name, value in parsed.metadata.all()}
    title = said.get("title") or said.get("movementName")
    years = _YEAR.findall(said.get("dateCreated") or said.get("dateFirstPublished") or "")
    rhythms = _RHYTHM.findall(file.read_text(errors="replace")) if file.suffix.lower() == ".abc" else []
    rights = said.get("copyright", "")
    return Stated(
        title=None if title == file.name else title,
        composer=said.get("composer") or None,
        genre=said.get("humdrum:AGN") or None,
        year=int(years[0]) if years else None,
        style_tags=tuple(one_line(rhythm) for rhythm in rhythms),
        licence_note=rights if re.search(r"\w", rights) else None,
    )


def _events_of(parts: list[Part]) -> list[_Row]:
    """All events; meters and keys are read off the first part, which in a score that has them stands for all."""
    rows = [*_meters(parts[0]), *_keys(parts[0]), *_tempi(parts), *_whole_piece_texts(parts)]
    for number, part in enumerate(parts):
        rows += _lyrics(part, number)
    return rows


def _meters(part: Part) -> Iterator[_Row]:
    """A time signature wherever the length of a bar changes or the notated meter does."""
    standing = None
    for start, signature in _bars(part) if part.measures else _notated_meters(part):
        if signature != standing:
            standing = signature
            yield ("time_signature", start, WHOLE_PIECE, signature[0], float(signature[1]), "")


def _bars(part: Part) -> Iterator[tuple[Fraction, tuple[int, int]]]:
    """Where each bar starts, and the time signature of its real length."""
    starts = [quarters(measure.offset) for measure in part.measures]
    ends = [*starts[1:], max(sounding.offset for sounding in part.notes)]
    notated = (4, 4)
    for measure, start, end in zip(part.measures, starts, ends, strict=True):
        if isinstance(measure.timeSignature, meter.TimeSignature):
            notated = (measure.timeSignature.numerator, measure.timeSignature.denominator)
        is_full = end - start == Fraction(4 * notated[0], notated[1]) or end <= start
        yield start, notated if is_full else _meter_of_length(end - start) or notated


def _notated_meters(part: Part) -> Iterator[tuple[Fraction, tuple[int, int]]]:
    """The time signatures of music that is written without bars."""
    for onset, element in part.elements:
        if isinstance(element, meter.TimeSignature):
            yield onset, (element.numerator, element.denominator)


def _meter_of_length(quarters: Fraction) -> tuple[int, int] | None:
    """The plainest time signature of a bar of that length; None if no power of two divides it.

    >>> _meter_of_length(Fraction(1)), _meter_of_length(Fraction(3, 2)), _meter_of_length(Fraction(1, 3))
    ((1, 4), (3, 8), None)
    """
    whole = quarters / 4
    denominator = max(whole.denominator, 4)
    if denominator & (denominator - 1) or denominator > 64 or whole * denominator > 64:
        return None
    return int(whole * denominator), denominator


def _keys(part: Part) -> Iterator[_Row]:
    standing = None
    for onset, element in part.elements:
        if isinstance(element, key.KeySignature):
            is_minor = isinstance(element, key.Key) and element.mode == "minor"
            if (element.sharps, is_minor) != standing:
                standing = (element.sharps, is_minor)
                yield ("key_signature", onset, WHOLE_PIECE, element.sharps, float(is_minor), "")


def _tempi(parts: list[Part]) -> Iterator[_Row]:
    """Metronome marks; those that music21 guesses from a word (Adagio) only where a score has no others."""
    marks = [(at, mark) for part in parts for at, mark in part.elements if isinstance(mark, tempo.MetronomeMark)]
    stated = [(at, mark) for at, mark in marks if not mark.numberImplicit] or marks
    bpm_at = {at: bpm for at, mark in reversed(stated) if (bpm := mark.getQuarterBPM())}
    for onset, bpm in sorted(bpm_at.items()):
        microseconds = round(_MICROSECONDS_PER_MINUTE / bpm)
        yield ("tempo", onset, WHOLE_PIECE, 0, float(beats_per_minute(np.array(microseconds))), "")


def _whole_piece_texts(parts: list[Part]) -> Iterator[_Row]:
    """One fermata wherever a part has one, and the chord symbols."""
    elements = [pair for part in parts for pair in part.elements]
    for onset in sorted({at for at, element in elements if _has_fermata(element)}):
        yield ("marker", onset, WHOLE_PIECE, 0, 0.0, FERMATA)
    for onset, element in elements:
        if isinstance(element, harmony.ChordSymbol):
            yield ("chord_symbol", onset, WHOLE_PIECE, 0, 0.0, one_line(element.figure))


def _has_fermata(element: Any) -> bool:
    return any(isinstance(sign, expressions.Fermata) for sign in getattr(element, "expressions", ()))


def _lyrics(part: Part, number: int) -> Iterator[_Row]:
    """The first verse; a syllable that is not its word's last ends in a hyphen."""
    for onset, element in part.elements:
        verse = element.lyrics[0] if getattr(element, "lyrics", None) else None
        if verse is not None and verse.text:
            hyphen = "-" if verse.syllabic in ("begin", "middle") else ""
            yield ("lyric", onset, number, 0, 0.0, one_line(verse.text) + hyphen)


def _score_of(parts: list[Part]) -> Score:
    rows = _events_of(parts)
    times = [time for part in parts for sounding in part.notes for time in (sounding.onset, sounding.offset)]
    clock = _clock(time.denominator for time in (*times, *(row[1] for row in rows)))
    rows.sort(key=lambda row: (row[1], EVENT_KINDS.index(row[0]), row[2]))
    events = Events.of([(row[0], round(row[1] * clock), *row[2:]) for row in rows])
    return Score(clock, _columns(parts, clock), tuple(part.track for part in parts), events)


def _clock(denominators: Iterable[int]) -> int:
    """Ticks per beat in which every time is whole: 480 or the next multiple of what is needed, if MIDI can hold it."""
    needed = math.lcm(*set(denominators))
    exact = needed * math.ceil(_TICKS_PER_BEAT / needed)
    return exact if exact <= _MAX_TICKS_PER_BEAT else _ROUNDED_TICKS_PER_BEAT


def _columns(parts: list[Part], clock: int) -> Notes:
    rows = [
        (round(sounding.onset * clock), round(sounding.offset * clock), sounding.pitch, sounding.velocity, number)
        for number, part in enumerate(parts)
        for sounding in part.notes
    ]
    onset, offset, pitch, velocity, track = np.array(rows).T
    return apart(Notes.of(onset=onset, duration=offset - onset, pitch=pitch, velocity=velocity, track=track))
