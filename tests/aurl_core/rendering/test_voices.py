from itertools import pairwise

import numpy as np

from aurl_core.rendering.voices import staves_of, voices_of
from aurl_core.score.score import Notes


def pitches_of(voices):
    return [[(chord.onset, chord.pitches) for chord in voice] for voice in voices]


def test_notes_that_begin_and_end_together_are_a_chord():
    notes = Notes.of(onset=0, duration=24, pitch=[60, 67, 64])
    assert pitches_of(voices_of(notes)) == [[(0, (60, 64, 67))]]


def test_a_note_of_another_length_in_between_parts_the_chord():
    notes = Notes.of(onset=0, duration=[24, 48, 24], pitch=[60, 64, 67])
    assert pitches_of(voices_of(notes)) == [[(0, (67,))], [(0, (64,))], [(0, (60,))]]


def test_a_unison_within_a_track_needs_a_voice_of_its_own():
    notes = Notes.of(onset=0, duration=24, pitch=[60, 60])
    assert pitches_of(voices_of(notes)) == [[(0, (60,))], [(0, (60,))]]


def test_the_highest_line_stays_in_the_first_voice():
    notes = Notes.of(onset=[0, 24, 0, 36], duration=[24, 48, 36, 36], pitch=[72, 74, 65, 64])
    assert pitches_of(voices_of(notes)) == [[(0, (72,)), (24, (74,))], [(0, (65,)), (36, (64,))]]


def test_no_chords_of_a_voice_overlap_and_no_note_is_lost():
    rng = np.random.default_rng(7)
    notes = Notes.of(onset=rng.integers(0, 200, 80), duration=rng.integers(1, 60, 80), pitch=rng.integers(40, 60, 80))
    voices = voices_of(notes)
    for voice in voices:
        assert all(one.offset <= other.onset for one, other in pairwise(voice))
    written = sorted((c.onset, c.duration, pitch) for voice in voices for c in voice for pitch in c.pitches)
    assert written == sorted(zip(notes.onset, notes.duration, notes.pitch, strict=True))


def test_a_narrow_track_has_one_staff():
    assert len(staves_of(Notes.of(onset=[0, 24], duration=24, pitch=[55, 72]), steps_per_beat=24)) == 1
    assert len(staves_of(Notes.empty(), steps_per_beat=24)) == 1


def test_a_wide_track_is_parted_in_the_gap_near_middle_c():
    notes = Notes.of(onset=[0, 0, 0, 0, 24], duration=24, pitch=[36, 48, 64, 72, 50])
    treble, bass = staves_of(notes, steps_per_beat=24)
    assert treble.pitch.tolist() == [64, 72]
    assert bass.pitch.tolist() == [36, 48, 50]


def test_a_figure_of_one_beat_stays_on_one_staff_where_it_crosses_middle_c():
    notes = Notes.of(onset=[0, 6, 12, 18, 24, 48], duration=6, pitch=[59, 67, 62, 67, 36, 84])
    treble, bass = staves_of(notes, steps_per_beat=24)
    assert treble.pitch.tolist() == [59, 67, 62, 67, 84]
    assert bass.pitch.tolist() == [36]
