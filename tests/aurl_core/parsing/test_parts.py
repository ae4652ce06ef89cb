from music21 import instrument, note, stream, tie

from aurl_core.parsing.parts import parts_of


def part_of(*elements, name="", kind=stream.Part):
    part = kind(elements)
    part.partName = name
    return part


def test_two_staves_of_one_player_are_told_apart_by_hand():
    score = stream.Score([part_of(note.Note(p), name="Piano", kind=stream.PartStaff) for p in ("C5", "C3")])
    assert [(part.track.name, part.track.voice) for part in parts_of(score)] == [
        ("Piano, right hand", "right hand"),
        ("Piano, left hand", "left hand"),
    ]


def test_a_transposing_instrument_sounds_where_it_sounds():
    clarinet = part_of(instrument.Clarinet(), note.Note("D4"), name="Clarinet")
    clarinet.atSoundingPitch = False
    (part,) = parts_of(stream.Score([clarinet]))
    assert (part.notes[0].pitch, part.track.program) == (60, 71)


def test_unpitched_notes_are_drums():
    (part,) = parts_of(stream.Score([part_of(note.Unpitched("C5"), name="Snare")]))
    assert (part.track.is_drum, part.track.channel) == (True, 9)


def test_a_part_without_a_name_gets_its_number():
    parts = parts_of(stream.Score([part_of(note.Note("C4"), name=name) for name in ("Viola", "")]))
    assert [(part.track.name, part.track.program) for part in parts] == [("Viola", 41), ("Part 2", 0)]


def test_a_tie_that_leads_nowhere_ends_with_its_note():
    first, second = note.Note("C4"), note.Note("C4")
    first.tie = tie.Tie("start")
    (part,) = parts_of(stream.Score([part_of(first, second)]))
    assert [(sounding.onset, sounding.offset) for sounding in part.notes] == [(0, 1), (1, 2)]
