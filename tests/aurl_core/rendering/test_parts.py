import numpy as np

from aurl_core.rendering.parts import Page, on_notation_grid
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track

PIANO = (Track(),)


def page_of(notes, *events, tracks=PIANO):
    rows = [(kind, at, WHOLE_PIECE, number, value, "") for kind, at, number, value in events]
    return Page.of(Score(24, notes, tracks, Events.of(rows)))


def test_a_score_on_the_grid_is_left_alone():
    score = Score(24, Notes.of(onset=[5], duration=7, pitch=60))
    assert on_notation_grid(score) is score


def test_other_clocks_are_rounded_and_no_note_vanishes():
    notes = Notes.of(onset=[0, 471, 480], duration=[235, 3, 161], pitch=[60, 62, 64])
    events = Events.of([("tempo", 483, WHOLE_PIECE, 0, 90.0, "")])
    rounded = on_notation_grid(Score(480, notes, (Track(),), events))
    assert rounded.ticks_per_beat == 24
    assert list(zip(rounded.notes.onset, rounded.notes.duration, rounded.notes.pitch, strict=True)) == [
        (0, 12, 60), (24, 1, 62), (24, 8, 64),
    ]  # fmt: skip
    assert rounded.events.onset.tolist() == [24]


def test_a_note_over_the_bar_line_sounds_in_both_bars():
    page = page_of(Notes.of(onset=[84, 192], duration=24, pitch=60))
    (voice,) = page.parts[0].staves[0].voices
    assert {bar: [chord.onset for chord in chords] for bar, chords in voice.items()} == {0: [84], 1: [84], 2: [192]}


def test_tracks_without_notes_are_left_out_but_one_part_remains():
    tracks = (Track(name="lead"), Track(), Track(program=33))
    page = page_of(Notes.of(onset=0, duration=24, pitch=[40, 70], track=[2, 0]), tracks=tracks)
    assert [part.name for part in page.parts] == ["lead", "bass"]
    assert [part.staves[0].clef for part in page.parts] == ["treble", "bass"]
    assert len(page_of(Notes.empty()).parts) == len(page_of(Notes.empty(), tracks=()).parts) == 1


def test_keys_hold_from_their_bar_on():
    page = page_of(
        Notes.of(onset=0, duration=300, pitch=61), ("key_signature", 0, -3, 0.0), ("key_signature", 96, 4, 1.0)
    )
    assert page.fifths.tolist() == [-3, 4, 4, 4]
    (voice,) = page.parts[0].staves[0].voices
    assert {chords[0].fifths for chords in voice.values()} == {-3}


def test_a_score_without_keys_gets_the_likely_one():
    scale = Notes.of(onset=np.arange(7) * 24, duration=24, pitch=[62, 64, 66, 67, 69, 71, 73])
    assert page_of(scale).fifths.tolist() == [2, 2]


def test_pickups_are_partial_bars_and_compound_meters_beam_in_threes():
    page = page_of(
        Notes.of(onset=0, duration=200, pitch=60), ("time_signature", 0, 4, 4.0), ("time_signature", 24, 6, 8.0)
    )
    assert [page.is_partial(bar) for bar in range(len(page.bars))] == [True, False, False, False]
    assert [page.beam_length(bar) for bar in range(len(page.bars))] == [24, 36, 36, 36]


def test_tempos_are_listed_where_they_fall():
    page = page_of(Notes.of(onset=0, duration=200, pitch=60), ("tempo", 0, 0, 90.0), ("tempo", 108, 0, 60.5))
    assert page.tempos == {0: [(0, 90.0)], 1: [(12, 60.5)]}


def test_drums_stand_on_one_percussion_staff():
    page = page_of(Notes.of(onset=0, duration=12, pitch=[30, 81]), tracks=(Track(is_drum=True),))
    assert [staff.clef for staff in page.parts[0].staves] == ["percussion"]
