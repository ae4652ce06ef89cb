"""Scores as MusicXML 4.0. Reading it is `aurl_core.parsing.notation`; layout, rhythm and spelling have their own files.

The document is written without music21, whose writer cannot hold every 24th of a beat and takes seconds a piece; the
tests open what is written here in music21.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Final

from aurl_core.rendering.noteheads import Place, accidentals_of, add_bar_rest, add_symbol, child, drum_id
from aurl_core.rendering.parts import Page, Part, Staff
from aurl_core.rendering.rhythm import STEPS_PER_BEAT, spell_bar
from aurl_core.score.instrument import channels_of
from aurl_core.score.score import Score

_DOCTYPE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
_CLEFS: Final = {"treble": ("G", 2), "bass": ("F", 4), "percussion": ("percussion", None)}


def write_musicxml(score: Score, *, title: str = "", lineage: str = "") -> str:
    """The score as a MusicXML document, one part for each track that has notes.

    Onsets and durations are exact on the 24-step grid, which notation with triplets always can hold; a score with
    another clock is rounded to it (see `on_notation_grid`). Notes that overlap stand in several voices, wide tracks on
    two staves, drums as unpitched notes. A score without key signatures is notated in the key that holds most of it.
    `lineage` goes into the document's identification. The same score gives the same text.

    music21 joins tied notes within one voice only; with several, `score.voicesToParts(separateById=True).stripTies()`
    gives back the notes of this score.
    Source: W3C MusicXML 4.0, https://www.w3.org/2021/06/musicxml40.
    """
    page = Page.of(score)
    root = ET.Element("score-partwise", version="4.0")
    _add_header(root, title, lineage)
    _add_part_list(root, page)
    for number, part in enumerate(page.parts, start=1):
        element = child(root, "part", id=f"P{number}")
        for bar in range(len(page.bars)):
            _add_measure(element, page, part, bar)
    ET.indent(root, space=" ")
    return _DOCTYPE + ET.tostring(root, encoding="unicode") + "\n"


def _add_header(root: ET.Element, title: str, lineage: str) -> None:
    if title:
        child(child(root, "work"), "work-title", title)
    identification = child(root, "identification")
    child(child(identification, "encoding"), "software", "Aurl")
    if lineage:
        child(child(identification, "miscellaneous"), "miscellaneous-field", lineage, name="lineage")


def _add_part_list(root: ET.Element, page: Page) -> None:
    part_list = child(root, "part-list")
    channels = channels_of([part.track for part in page.parts])
    for number, (part, channel) in enumerate(zip(page.parts, channels, strict=True), start=1):
        part_id = f"P{number}"
        element = child(part_list, "score-part", id=part_id)
        child(element, "part-name", part.name)
        drums = [pitch for pitch in part.pitches if part.track.is_drum]
        ids = [drum_id(part_id, pitch) for pitch in drums] or [f"{part_id}-I"]
        for instrument in ids:
            child(child(element, "score-instrument", id=instrument), "instrument-name", part.name)
        for index, instrument in enumerate(ids):
            midi = child(element, "midi-instrument", id=instrument)
            child(midi, "midi-channel", channel + 1)
            child(midi, "midi-program", part.track.program + 1)
            if drums:
                child(midi, "midi-unpitched", drums[index] + 1)


def _add_measure(element: ET.Element, page: Page, part: Part, bar: int) -> None:
    measure = child(element, "measure", number=str(bar + 1))
    if page.is_partial(bar):
        measure.set("implicit", "yes")
    _add_attributes(measure, page, part, bar)
    if part is page.parts[0]:
        for position, tempo_bpm in page.tempos.get(bar, []):
            _add_tempo(measure, position, tempo_bpm)
    first_voice = 1
    for number, staff in enumerate(part.staves, start=1):
        if number > 1:
            child(child(measure, "backup"), "duration", int(page.bars.length[bar]))
        _add_staff(measure, page, part, staff, bar, first_voice=first_voice)
        first_voice += max(len(staff.voices), 1)
    if bar == len(page.bars) - 1:
        child(child(measure, "barline", location="right"), "bar-style", "light-heavy")


def _add_attributes(measure: ET.Element, page: Page, part: Part, bar: int) -> None:
    meter = (int(page.bars.numerator[bar]), int(page.bars.denominator[bar]))
    before = (int(page.bars.numerator[bar - 1]), int(page.bars.denominator[bar - 1])) if bar else None
    has_key = bar == 0 or page.fifths[bar] != page.fifths[bar - 1]
    if not has_key and meter == before:
        return
    attributes = child(measure, "attributes")
    if bar == 0:
        child(attributes, "divisions", STEPS_PER_BEAT)
    if has_key:
        child(child(attributes, "key"), "fifths", 0 if part.track.is_drum else int(page.fifths[bar]))
    if meter != before:
        time = child(attributes, "time")
        child(time, "beats", meter[0])
        child(time, "beat-type", meter[1])
    if bar == 0:
        _add_clefs(attributes, part)


def _add_clefs(attributes: ET.Element, part: Part) -> None:
    if len(part.staves) > 1:
        child(attributes, "staves", len(part.staves))
    for number, staff in enumerate(part.staves, start=1):
        sign, line = _CLEFS[staff.clef]
        clef = child(attributes, "clef", number=str(number))
        child(clef, "sign", sign)
        if line:
            child(clef, "line", line)


def _add_tempo(measure: ET.Element, position: int, tempo_bpm: float) -> None:
    direction = child(measure, "direction", placement="above")
    metronome = child(child(direction, "direction-type"), "metronome", parentheses="no")
    child(metronome, "beat-unit", "quarter")
    child(metronome, "per-minute", round(tempo_bpm))
    if position:
        child(direction, "offset", position, sound="yes")
    child(direction, "sound", tempo=f"{tempo_bpm:g}")


def _add_staff(measure: ET.Element, page: Page, part: Part, staff: Staff, bar: int, *, first_voice: int) -> None:
    """The voices of one staff that sound in a bar; its first voice also where it rests."""
    start, length = int(page.bars.start[bar]), int(page.bars.length[bar])
    sounding = {0: [], **{index: voice[bar] for index, voice in enumerate(staff.voices) if bar in voice}}
    symbols = {
        index: spell_bar(chords, bar_start=start, bar_length=length, beam_length=page.beam_length(bar))
        for index, chords in sounding.items()
    }
    accidentals = accidentals_of(list(symbols.values()), bar_start=start, fifths=int(page.fifths[bar]))
    for index, printed in zip(symbols, accidentals, strict=True):
        place = Place(
            part_id=f"P{page.parts.index(part) + 1}",
            voice=first_voice + index,
            staff=part.staves.index(staff) + 1 if len(part.staves) > 1 else None,
            bar_start=start,
            is_drum=part.track.is_drum,
            shows_rests=index == 0,
            accidentals={} if part.track.is_drum else printed,
        )
        if index:
            child(child(measure, "backup"), "duration", length)
        if sounding[index] or page.is_partial(bar):
            for symbol in symbols[index]:
                add_symbol(measure, symbol, place)
        else:
            add_bar_rest(measure, length, place)
