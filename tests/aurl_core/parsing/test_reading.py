import pytest

from aurl_core.errors import ParseError
from aurl_core.parsing.reading import ENDLESS, LATEST_TICK, Fault, Reading
from aurl_core.score.score import Notes, Score


def test_endless_notes_last_until_their_track_ends():
    notes = Notes.of(onset=[0, 5], duration=[10, ENDLESS + 7], pitch=60)
    reading = Reading.of(Score(480, notes))
    assert reading.stuck.tolist() == [1]
    assert reading.score.notes.duration.tolist() == [10, 7]


@pytest.mark.parametrize(("onset", "duration"), [(-1, 5), (LATEST_TICK + 1, 5), (0, -1)])
def test_time_that_ran_over_is_too_long(onset, duration):
    with pytest.raises(ParseError) as caught:
        Reading.of(Score(480, Notes.of(onset=[onset], duration=[duration], pitch=60)))
    assert caught.value.reason == "too_long"


def test_a_fault_is_told_with_its_byte():
    assert str(Fault("salvaged", 23, "no status")) == "byte 23: no status"
