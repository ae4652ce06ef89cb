import numpy as np
import pytest

from aurl_core.parsing.repair import cut_overlaps, drop_duplicates, is_no_key, is_no_meter, lengthen_empty, repair
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score


def score_of(notes=None, events=()):
    return Score(480, Notes.empty() if notes is None else notes, events=Events.of(events))


def repaired(score):
    return repair(score, min_tempo_bpm=5, max_tempo_bpm=1000)


def test_a_sound_score_is_left_as_it_is():
    score = score_of(Notes.of(onset=[0, 480], duration=480, pitch=60), [("tempo", 0, WHOLE_PIECE, 0, 120.0, "")])
    after, ledger = repaired(score)
    assert after.equals(score)
    assert ledger == []


def test_notes_without_length_last_a_32nd_of_a_beat():
    after, ledger = repaired(score_of(Notes.of(onset=[0, 960], duration=[0, 480], pitch=60)))
    assert after.notes.duration.tolist() == [15, 480]
    assert (ledger[0].kind, ledger[0].note_index, ledger[0].before, ledger[0].after) == (
        "zero_length_note", [0], ["duration 0"], ["duration 15"],
    )  # fmt: skip


def test_velocities_that_midi_cannot_hold_are_limited():
    after, ledger = repaired(score_of(Notes.of(onset=[0, 9], duration=1, pitch=60, velocity=[200, 127])))
    assert after.notes.velocity.tolist() == [127, 127]
    assert (ledger[0].kind, ledger[0].note_index, ledger[0].before) == ("velocity", [0], ["velocity 200"])


def test_of_notes_that_start_together_the_longest_is_left():
    notes = Notes.of(onset=0, duration=[10, 30, 20], pitch=60)
    assert drop_duplicates(notes).tolist() == [0, 0, 30]


def test_other_pitches_and_tracks_are_no_duplicates():
    notes = Notes.of(onset=0, duration=10, pitch=[60, 61, 60], track=[0, 0, 1])
    assert drop_duplicates(notes).tolist() == [10, 10, 10]


def test_a_note_is_cut_where_its_pitch_starts_again():
    notes = Notes.of(onset=[0, 10, 20], duration=[15, 100, 5], pitch=60)
    assert cut_overlaps(notes).tolist() == [10, 10, 5]


def test_other_pitches_and_tracks_do_not_cut():
    notes = Notes.of(onset=[0, 10, 10], duration=[100, 10, 10], pitch=[60, 61, 60], track=[0, 0, 1])
    assert cut_overlaps(notes).tolist() == [100, 10, 10]


def test_lengthening_leaves_other_notes_alone():
    assert lengthen_empty(Notes.of(onset=0, duration=[0, 7], pitch=60), shortest=3).tolist() == [3, 7]


def test_the_ledger_counts_notes_as_they_stood_in_the_file():
    notes = Notes.of(onset=[0, 0, 5], duration=[4, 20, 10], pitch=60)
    after, ledger = repaired(score_of(notes))
    assert [(one.kind, one.note_index, one.after) for one in ledger] == [
        ("duplicate_note", [0], ["removed"]),
        ("overlapping_note", [1], ["duration 5"]),
    ]
    assert after.notes.equals(Notes.of(onset=[0, 5], duration=[5, 10], pitch=60))


@pytest.mark.parametrize("bpm", [0.5, 4000.0, np.inf])
def test_absurd_tempi_go(bpm):
    after, ledger = repaired(score_of(events=[("tempo", 0, WHOLE_PIECE, 0, bpm, ""), ("tempo", 9, -1, 0, 90.0, "")]))
    assert after.events.value.tolist() == [90.0]
    assert (ledger[0].kind, ledger[0].before, ledger[0].note_index) == ("tempo", [f"tick 0: 0 {bpm:g}"], [None])


def test_meters_and_keys_that_are_none_go():
    events = [
        ("time_signature", 0, WHOLE_PIECE, 0, 4.0, ""),
        ("time_signature", 0, WHOLE_PIECE, 7, 8.0, ""),
        ("key_signature", 0, WHOLE_PIECE, -4, 255.0, ""),
    ]
    after, ledger = repaired(score_of(events=events))
    assert after.events.number.tolist() == [7]
    assert [one.kind for one in ledger] == ["time_signature", "key_signature"]


def test_which_meters_and_keys_are_none():
    assert is_no_meter(np.array([4, 65, 3]), np.array([4.0, 4.0, 128.0])).tolist() == [False, True, True]
    assert is_no_key(np.array([-7, 8, 0]), np.array([0.0, 0.0, 2.0])).tolist() == [False, True, True]
