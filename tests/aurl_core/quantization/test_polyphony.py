import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aurl_core.quantization.polyphony import within_polyphony
from aurl_core.score.score import Notes

notes_of = st.lists(
    st.tuples(st.integers(0, 40), st.integers(1, 30), st.integers(30, 90), st.integers(1, 127)), min_size=1, max_size=40
)


def stays(notes, limit, group=None):
    return within_polyphony(notes, limit, group=np.zeros(len(notes), int) if group is None else np.asarray(group))


def most_at_once(notes):
    return max(((notes.onset <= at) & (notes.offset > at)).sum() for at in notes.onset)


@settings(max_examples=30)
@given(notes_of, st.integers(1, 5))
def test_no_more_sound_at_once_than_allowed(rows, limit):
    onset, duration, pitch, velocity = zip(*rows, strict=True)
    notes = Notes.of(onset=onset, duration=duration, pitch=pitch, velocity=velocity)
    kept = stays(notes, limit)
    assert most_at_once(notes.take(kept)) <= limit
    if most_at_once(notes) <= limit:
        assert kept.all()


def test_bass_and_melody_stay_however_soft():
    notes = Notes.of(onset=0, duration=24, pitch=[36, 60, 64, 84], velocity=[1, 99, 99, 1])
    assert stays(notes, 2).tolist() == [True, False, False, True]


def test_of_inner_notes_the_louder_stay():
    notes = Notes.of(onset=0, duration=24, pitch=[36, 60, 64, 84], velocity=[1, 99, 98, 1])
    assert stays(notes, 3).tolist() == [True, True, False, True]


def test_the_melody_alone_is_left_of_one():
    assert stays(Notes.of(onset=0, duration=24, pitch=[36, 60, 84]), 1).tolist() == [False, False, True]


def test_a_note_that_ends_makes_room():
    assert stays(Notes.of(onset=[0, 24], duration=24, pitch=[60, 62]), 1).all()


def test_groups_are_counted_by_themselves():
    notes = Notes.of(onset=0, duration=24, pitch=[60, 62], track=[0, 1])
    assert stays(notes, 1, group=notes.track).all()


def test_nothing_loses_nothing():
    assert len(stays(Notes.empty(), 1)) == 0
