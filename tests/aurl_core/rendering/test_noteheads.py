import xml.etree.ElementTree as ET

from aurl_core.rendering.noteheads import Place, accidentals_of, add_bar_rest, add_symbol
from aurl_core.rendering.rhythm import spell_bar
from aurl_core.rendering.voices import Chord


def place(**changes):
    settings = {"part_id": "P1", "voice": 1, "staff": None, "bar_start": 0, "is_drum": False, "shows_rests": True}
    return Place(**(settings | changes))


def symbols_of(*chords, bar_start=0):
    return spell_bar(chords, bar_start=bar_start, bar_length=96, beam_length=24)


def notes_of(symbols, where):
    measure = ET.Element("measure")
    for symbol in symbols:
        add_symbol(measure, symbol, where)
    return measure.findall("note")


def ties(note):
    return [tie.get("type") for tie in note.findall("tie")]


def test_a_tied_note_says_where_it_comes_from_and_goes():
    notes = notes_of(symbols_of(Chord(0, 60, (60,))), place())
    assert [ties(note) for note in notes] == [["start"], ["stop"], [], []]
    held = notes_of(symbols_of(Chord(0, 300, (60,)), bar_start=96), place(bar_start=96))
    assert [ties(note) for note in held] == [["stop", "start"]]


def test_a_chord_is_several_notes_of_one_moment():
    low, high, *_ = notes_of(symbols_of(Chord(0, 24, (60, 64))), place())
    assert low.find("chord") is None
    assert high.find("chord") is not None
    assert [n.findtext("pitch/step") for n in (low, high)] == ["C", "E"]


def test_only_hidden_rests_are_hidden():
    assert notes_of(symbols_of(), place())[0].get("print-object") is None
    assert notes_of(symbols_of(), place(shows_rests=False))[0].get("print-object") == "no"


def test_a_triplet_has_its_ratio_and_one_bracket_a_chord():
    notes = notes_of(symbols_of(*(Chord(at, 8, (60, 64)) for at in (0, 8, 16))), place())[:6]
    assert {note.findtext("time-modification/actual-notes") for note in notes} == {"3"}
    brackets = [tuplet.get("type") for note in notes for tuplet in note.findall("notations/tuplet")]
    assert brackets == ["start", "stop"]


def test_drums_name_their_instrument_and_cymbals_get_crosses():
    kick, hat = notes_of(symbols_of(Chord(0, 96, (36, 42))), place(is_drum=True))
    assert [note.find("instrument").get("id") for note in (kick, hat)] == ["P1-D36", "P1-D42"]
    assert (kick.findtext("unpitched/display-step"), kick.find("notehead")) == ("F", None)
    assert hat.findtext("notehead") == "x"


def test_a_bar_rest_fills_the_bar():
    measure = ET.Element("measure")
    add_bar_rest(measure, 72, place(staff=2))
    note = measure.find("note")
    assert (note.find("rest").get("measure"), note.findtext("duration"), note.findtext("staff")) == ("yes", "72", "2")


def test_an_accidental_holds_for_its_line_until_the_bar_ends():
    voice = symbols_of(Chord(0, 24, (61,)), Chord(24, 24, (61,)), Chord(48, 24, (60,)), Chord(72, 24, (73,)))
    assert accidentals_of([voice], bar_start=0, fifths=0) == [
        {(0, 61): "sharp", (48, 60): "natural", (72, 73): "sharp"}
    ]
    assert accidentals_of([voice], bar_start=0, fifths=2) == [{(48, 60): "natural"}]


def test_accidentals_hold_across_the_voices_of_a_staff():
    upper, lower = symbols_of(Chord(0, 24, (66,))), symbols_of(Chord(0, 24, (58,)), Chord(24, 24, (66,)))
    assert accidentals_of([upper, lower], bar_start=0, fifths=0) == [{(0, 66): "sharp"}, {(0, 58): "flat"}]


def test_a_note_held_over_the_bar_line_needs_no_accidental():
    voice = symbols_of(Chord(72, 48, (61,)), bar_start=96)
    assert accidentals_of([voice], bar_start=96, fifths=0) == [{}]
