import numpy as np
import pytest

from aurl_core.score.score import Events, Score
from aurl_core.tokens.changes import TempoBins, differs, pedal_changes, tempo_changes
from aurl_core.tokens.clock import Clock

CLOCK = Clock(24)


def pedals(*rows):
    events = Events.of([("control_change", onset, track, 64, value, "") for onset, track, value in rows])
    return pedal_changes(Score(24, events=events), np.array([0, 1, -1]), CLOCK)


def test_a_pedal_goes_down_and_up_in_turn():
    found = pedals((0, 0, 0.0), (4, 0, 64.0), (6, 0, 127.0), (9, 0, 63.0), (9, 1, 70.0))
    assert (found.onset.tolist(), found.part.tolist(), found.down.tolist()) == ([4, 9, 9], [0, 0, 1], [1, 0, 1])


def test_of_two_moves_in_one_step_the_last_counts():
    assert pedals((4, 0, 127.0), (4, 0, 0.0)).onset.tolist() == []


def test_parts_below_zero_have_no_pedal():
    assert pedals((4, 2, 127.0)).onset.tolist() == []


@pytest.mark.parametrize(("bpm", "number"), [(1, 0), (30, 0), (60, 16), (120, 32), (240, 48), (999, 48)])
def test_tempos_go_to_the_nearest_bin(bpm, number):
    assert TempoBins(49, 30.0, 240.0).bin_of([bpm]).tolist() == [number]


def test_tempos_are_said_where_they_change():
    rows = [("tempo", onset, -1, 0, bpm, "") for onset, bpm in ((0, 60.0), (24, 60.5), (48, 300.0), (999, 90.0))]
    tempos, beyond = tempo_changes(Score(24, events=Events.of(rows)), CLOCK, TempoBins(32, 60.0, 200.0), end=100)
    assert (tempos.onset.tolist(), tempos.bin.tolist(), beyond) == ([0, 48], [0, 31], 1)


def test_the_first_row_differs_from_nothing():
    assert differs(np.zeros(0)).tolist() == []
    assert differs(np.array([1, 1, 2])).tolist() == [True, False, True]
