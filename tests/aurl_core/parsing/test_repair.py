import numpy as np
import pytest

from aurl_core.parsing.params import ParseParams
from aurl_core.parsing.reading import Fault, Reading
from aurl_core.parsing.repair import repair, told
from aurl_core.parsing.repair_silence import MOST_BEATS
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score

PARAMS = ParseParams(repair=True, min_tempo_bpm=5, max_tempo_bpm=1000, max_file_mb=1, mb_per_shard=1)
FAULT = Fault("salvaged", 23, "track 0, no status")


def score_of(notes=None, events=(), *, ticks_per_beat=480):
    return Score(ticks_per_beat, Notes.empty() if notes is None else notes, events=Events.of(events))


def repaired(score, *, stuck=(), faults=(), **settings):
    reading = Reading(score, np.array(stuck, np.intp), tuple(faults))
    return repair(reading, PARAMS.model_copy(update=settings))


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


def test_the_ledger_counts_notes_as_they_stood_in_the_file():
    notes = Notes.of(onset=[0, 0, 5], duration=[4, 20, 10], pitch=60)
    after, ledger = repaired(score_of(notes))
    assert [(one.kind, one.note_index, one.after) for one in ledger] == [
        ("duplicate_note", [0], ["removed"]),
        ("overlapping_note", [1], ["duration 5"]),
    ]
    assert after.notes.equals(Notes.of(onset=[0, 5], duration=[5, 10], pitch=60))


def test_notes_that_nothing_ends_last_four_beats_at_most():
    notes = Notes.of(onset=[0, 0, 480], duration=[9600, 9600, 9120], pitch=[60, 62, 62])
    after, ledger = repaired(score_of(notes), stuck=[0, 1, 2])
    assert after.notes.duration.tolist() == [1920, 480, 1920]
    assert (ledger[0].kind, ledger[0].note_index) == ("stuck_note", [0, 1, 2])


@pytest.mark.parametrize(
    ("policy", "durations", "kinds"),
    [
        ("fifo", [10, 20], ["overlapping_note"]),
        ("lifo", [10, 10], ["pairing", "overlapping_note"]),
        ("close_all", [10, 10], ["pairing", "overlapping_note"]),
    ],
)
def test_the_policy_says_which_note_a_message_ends(policy, durations, kinds):
    after, ledger = repaired(score_of(Notes.of(onset=[0, 10], duration=[20, 20], pitch=60)), overlaps=policy)
    assert after.notes.duration.tolist() == durations
    assert [one.kind for one in ledger] == kinds


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


def test_controllers_and_bends_of_a_damaged_file_are_looked_at():
    events = [
        ("control_change", 0, 0, 7, 200.0, ""),
        ("pitch_bend", 0, 0, 0, 9000.0, ""),
        ("pitch_bend", 0, 0, 0, 1.0, ""),
    ]
    after, ledger = repaired(score_of(events=events), faults=[FAULT])
    assert after.events.value.tolist() == [1.0]
    assert [one.kind for one in ledger] == ["control_change", "pitch_bend"]


def test_events_far_behind_the_music_go():
    events = [("marker", 480 * 64, WHOLE_PIECE, 0, 0.0, "end"), ("marker", 480 * 70, WHOLE_PIECE, 0, 0.0, "drifted")]
    after, ledger = repaired(score_of(Notes.of(onset=[0], duration=480, pitch=60), events))
    assert after.events.text.tolist() == ["end"]
    assert (ledger[0].kind, ledger[0].before) == ("late_event", ["tick 33600: 0 0"])


def test_bars_that_are_not_full_are_on_record():
    events = [("time_signature", tick, WHOLE_PIECE, 3, 4.0, "") for tick in (480, 480 * 4, 480 * 6)]
    after, ledger = repaired(score_of(events=events))
    assert len(after.events) == 3
    assert [(one.kind, one.before) for one in ledger] == [("partial_bar", ["tick 480: 3 4", "tick 2880: 3 4"])]


def test_a_silence_that_makes_a_piece_too_long_is_shortened():
    late = 480 * 4 * MOST_BEATS + 7
    after, ledger = repaired(score_of(Notes.of(onset=[0, late], duration=480, pitch=60)))
    assert after.notes.onset[1] // 480 in range(256, 262)
    assert after.notes.onset[1] % (4 * 480) == late % (4 * 480)
    assert [one.kind for one in ledger] == ["long_silence"]


def test_a_note_that_makes_a_piece_too_long_is_cut():
    after, ledger = repaired(score_of(Notes.of(onset=[0], duration=MOST_BEATS + 1, pitch=60), ticks_per_beat=1))
    assert after.notes.duration.tolist() == [256]
    assert [one.kind for one in ledger] == ["overlong_note"]


def test_what_the_reader_overlooked_is_told():
    faults = (Fault("container", 10, "the header says 9 tracks"), FAULT, FAULT)
    ledger = told(Reading(score_of(Notes.of(onset=[0], duration=1, pitch=60)), np.zeros(0, np.intp), faults))
    assert [(one.kind, one.before, one.after) for one in ledger] == [
        ("container", ["byte 10: the header says 9 tracks"], ["1 notes kept"]),
        ("salvaged", ["byte 23: track 0, no status, and 1 more faults"], ["1 notes kept"]),
    ]
