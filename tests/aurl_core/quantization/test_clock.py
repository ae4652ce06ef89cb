import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from aurl_core.quantization.clock import Clock, joined_events, nearest_steps
from aurl_core.score.score import WHOLE_PIECE, Events, Score
from aurl_core.score.time import TempoMap

UNEVEN = Clock(480, 24, np.array([-100, 500, 980, 1700]))


@given(st.lists(st.integers(0, 71), min_size=1, max_size=20))
def test_a_step_is_nearest_to_its_own_tick(steps):
    assert UNEVEN.steps(UNEVEN.ticks(np.array(steps))).tolist() == steps


def test_past_the_last_beat_the_clock_goes_on_as_in_the_last():
    assert UNEVEN.ticks(np.array([72, 84, 96])).tolist() == [1700, 2060, 2420]


def test_places_are_in_beats():
    assert UNEVEN.beats(np.array([200, 500, 740])).tolist() == [0.5, 1.0, 1.5]
    assert Clock(480, 24).beats(np.array([240])).tolist() == [0.5]


def test_beats_last_as_long_as_the_score_says():
    score = Score(480, events=Events.of([("tempo", 500, WHOLE_PIECE, 0, 60.0, "")]))
    assert UNEVEN.beat_seconds(score, 2).tolist() == [600 / 960, 480 / 480]


def test_heard_beats_bring_their_own_tempi_and_keep_seconds():
    score = Score(480, events=Events.of([("tempo", 0, WHOLE_PIECE, 0, 90.0, ""), ("marker", 980, 0, 0, 0, "here")]))
    moved = UNEVEN.events(score)
    assert moved.select("tempo").onset.tolist() == [0, 24, 48]
    assert moved.select("marker").onset.tolist() == [48]
    before, after = TempoMap.of(score), TempoMap.of(Score(24, events=moved))
    assert np.allclose(after.seconds([0, 24, 48, 72]), before.seconds([-100, 500, 980, 1700]) - before.seconds(-100))


def test_a_clock_without_events_has_none():
    assert len(Clock(480, 24).events(Score(480))) == 0


def test_of_events_at_one_time_the_first_named_come_first():
    one, two = (Events.of([("text", 5, 0, 0, 0, text)]) for text in "ab")
    assert joined_events(two, one).text.tolist() == ["b", "a"]


def test_half_a_step_is_the_later_one():
    assert nearest_steps(np.array([-10, 9, 10, 29, 30]), 480, 24).tolist() == [0, 0, 1, 1, 2]
