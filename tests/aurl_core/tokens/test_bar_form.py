import numpy as np
import pytest

from aurl_core.score.score import Events, Notes, Score, Track
from aurl_core.tokens.bar_form import bar_form_of, bars_of, score_of_bar_form, voices_of
from aurl_core.tokens.bar_layout import BarLayout
from aurl_core.tokens.losses import Losses
from aurl_core.tokens.params import BarTokenizerConfig

LAYOUT = BarLayout(BarTokenizerConfig(steps_per_beat=24))

PIANO = (Track(),)


def score(events=(), tracks=PIANO, ticks_per_beat=24, **notes):
    columns = {"onset": 0, "duration": 24, "pitch": 60} | notes
    return Score(ticks_per_beat, Notes.of(**columns), tracks, Events.of(list(events)))


def losses(*args, **kwargs):
    return bar_form_of(score(*args, **kwargs), LAYOUT).losses


def test_tracks_keep_their_order_and_their_number():
    tracks = (Track("solo", program=40), Track(is_drum=True, program=8), Track(program=3), Track(program=40))
    normal = score_of_bar_form(bar_form_of(score(tracks=tracks), LAYOUT), LAYOUT)
    assert [(track.program, track.is_drum, track.channel) for track in normal.tracks] == [
        (40, False, 0), (0, True, 9), (3, False, 1), (40, False, 2),
    ]  # fmt: skip


def test_more_tracks_of_one_program_than_can_be_told_apart_join_the_last():
    form = bar_form_of(score(tracks=(Track(),) * 40 + (Track(program=9),), onset=[0, 1, 2], track=[31, 39, 40]), LAYOUT)
    assert form.notes.track.tolist() == [31, 31, 32]
    assert form.losses == Losses(merged_tracks=8)


def test_notes_of_any_length_stay_and_those_of_none_become_a_step():
    form = bar_form_of(score(onset=[0, 1, 2], duration=[0, 5, 2**31 - 9]), LAYOUT)
    assert form.notes.duration.tolist() == [1, 5, 192 << 20]
    assert form.losses == Losses(lengthened_notes=1, shortened_notes=1)


def test_a_meter_that_changes_nothing_is_not_kept():
    events = [("time_signature", onset, -1, 3, 4.0, "") for onset in (0, 72, 216, 230)]
    assert bar_form_of(score(events, duration=400), LAYOUT).meters.onset.tolist() == [0, 230]


def test_meters_of_no_whole_steps_are_kept_as_they_stand():
    events = [("time_signature", onset, -1, 5, 64.0, "") for onset in (0, 7)]
    meters = bar_form_of(score(events, duration=400), LAYOUT).meters
    assert meters.onset.tolist() == [0, 7]
    assert bars_of(meters, LAYOUT, end=30).start.tolist() == [0, 7, 14, 22, 29]


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (("time_signature", 0, -1, 65, 4.0, ""), "dropped_time_signatures"),
        (("key_signature", 0, -1, 2, 0.0, ""), "dropped_key_signatures"),
        (("control_change", 0, 0, 7, 9.0, ""), "dropped_controls"),
        (("control_change", 0, -1, 64, 9.0, ""), "dropped_controls"),
        (("pitch_bend", 0, 0, 0, 9.0, ""), "dropped_bends"),
        (("chord_symbol", 0, -1, 0, 0.0, "C"), "dropped_texts"),
        (("tempo", 0, -1, 0, 900.0, ""), "clamped_tempos"),
    ],
)
def test_what_is_not_said_is_counted(event, name):
    assert losses([event]) == Losses(**{name: 1})


def test_other_clocks_are_rounded_to_the_grid():
    form = bar_form_of(score(ticks_per_beat=480, onset=[9, 11], duration=[480, 480], pitch=[64, 60]), LAYOUT)
    assert form.notes.onset.tolist() == [0, 1]
    assert form.notes.offset.tolist() == [24, 25]


def test_voices_count_tracks_of_one_program():
    assert voices_of(np.array([5, 0, 5, 5, 0])).tolist() == [0, 0, 1, 2, 1]
