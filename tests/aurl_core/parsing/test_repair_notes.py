import numpy as np
import pytest

from aurl_core.parsing.repair_notes import (
    end_stuck,
    lengthen_empty,
    limit_velocities,
    paired,
)
from aurl_core.score.score import Notes


def test_lengthening_leaves_other_notes_alone():
    assert lengthen_empty(Notes.of(onset=0, duration=[0, 7], pitch=60), shortest=3).tolist() == [3, 7]


def test_velocities_stop_at_127():
    assert limit_velocities(Notes.of(onset=[0, 1], duration=1, pitch=60, velocity=[128, 5])).tolist() == [127, 5]


def test_a_stuck_note_ends_where_its_pitch_starts_again_or_with_its_track():
    notes = Notes.of(onset=[0, 30, 90], duration=[100, 5, 10], pitch=60)
    assert end_stuck(notes, np.array([0, 2]), longest=50).tolist() == [30, 5, 10]


@pytest.mark.parametrize(
    ("policy", "durations"), [("fifo", [30, 30, 10]), ("lifo", [40, 20, 10]), ("close_all", [30, 20, 10])]
)
def test_messages_end_the_oldest_the_latest_or_all_notes(policy, durations):
    notes = Notes.of(onset=[0, 10, 40], duration=[30, 30, 10], pitch=60)
    found, stuck = paired(notes, np.zeros(0, np.intp), policy) if policy != "fifo" else (notes.duration, np.zeros(0))
    assert (found.tolist(), stuck.tolist()) == (durations, [])


@pytest.mark.parametrize(("policy", "durations", "stuck"), [("lifo", [90, 10], [0]), ("close_all", [20, 10], [])])
def test_which_note_nothing_ends_depends_on_the_policy(policy, durations, stuck):
    notes = Notes.of(onset=[0, 10], duration=[20, 80], pitch=60)
    found, left = paired(notes, np.array([1]), policy)
    assert (found[left].tolist() if len(left) else [], left.tolist()) == ([20] if stuck else [], stuck)
    assert np.delete(found, left).tolist() == (durations[1:] if stuck else durations)


@pytest.mark.parametrize("policy", ["lifo", "close_all"])
def test_lines_are_paired_by_themselves_and_empty_notes_left_alone(policy):
    notes = Notes.of(onset=[0, 0, 5, 5], duration=[10, 10, 0, 10], pitch=[60, 62, 60, 62], track=[0, 1, 0, 1])
    found, stuck = paired(notes, np.zeros(0, np.intp), policy)
    assert found[notes.pitch == 60].tolist() == [10, 0]
    assert found[notes.pitch == 62].tolist() == ([15, 5] if policy == "lifo" else [10, 5])
    assert len(stuck) == 0
