import numpy as np

from aurl_core.parsing.repair_events import (
    ends_bar_early,
    is_absurd_tempo,
    is_late,
    is_no_bend,
    is_no_controller,
    is_no_key,
    is_no_meter,
)
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score

NUMBERS = np.zeros(3, np.int32)


def meters(*rows):
    return Events.of([("time_signature", tick, WHOLE_PIECE, upper, float(lower), "") for tick, upper, lower in rows])


def test_which_tempi_are_absurd():
    assert is_absurd_tempo(NUMBERS, np.array([4.9, 5.0, np.nan]), slowest=5, fastest=9).tolist() == [True, False, True]


def test_which_meters_and_keys_are_none():
    assert is_no_meter(np.array([4, 65, 3]), np.array([4.0, 4.0, 128.0])).tolist() == [False, True, True]
    assert is_no_key(np.array([-7, 8, 0]), np.array([0.0, 0.0, 2.0])).tolist() == [False, True, True]


def test_which_controllers_and_bends_are_none():
    assert is_no_controller(np.array([127, 128, 7]), np.array([127.0, 0.0, 128.0])).tolist() == [False, True, True]
    assert is_no_bend(NUMBERS, np.array([-8192.0, 8191.0, 8192.0])).tolist() == [False, False, True]


def test_events_of_64_beats_behind_the_music_are_late():
    events = meters((0, 4, 4), (130, 4, 4), (132, 4, 4))
    assert is_late(events, Score(2, Notes.of(onset=[0], duration=3, pitch=60))).tolist() == [False, False, True]


def test_a_bar_is_ended_early_by_a_meter_that_it_does_not_reach():
    found = ends_bar_early(meters((48, 3, 4), (84, 6, 8), (96, 4, 4), (96, 2, 4), (119, 4, 4)), ticks_per_beat=12)
    assert found.tolist() == [False, False, True, False, True]
