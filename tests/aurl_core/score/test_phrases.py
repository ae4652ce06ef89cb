import pytest

from aurl_core.score.phrases import FERMATA, phrase_starts
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track


@pytest.fixture
def make_score():
    def make(onset, duration=24, *, fermatas=(), held=()):
        rows = [(at, long) for at, long in zip(onset, [duration] * len(onset), strict=True)] + list(held)
        notes = Notes.of(onset=[at for at, _ in rows], duration=[long for _, long in rows], pitch=60)
        events = Events.of([("marker", at, WHOLE_PIECE, 0, 0.0, FERMATA) for at in fermatas])
        return Score(24, notes, (Track(),), events)

    return make


def test_a_phrase_begins_after_a_long_wait(make_score):
    assert phrase_starts(make_score([24, 48, 72, 120, 144, 168])).tolist() == [24, 120]


def test_a_wait_is_long_against_the_usual_one(make_score):
    slow = [number * 48 for number in range(8)]
    assert phrase_starts(make_score(slow)).tolist() == [0]
    assert phrase_starts(make_score([*slow, 7 * 48 + 96])).tolist() == [0, 7 * 48 + 96]


def test_a_phrase_begins_after_a_fermata(make_score):
    assert phrase_starts(make_score(range(0, 240, 24), fermatas=[72, 216])).tolist() == [0, 96]


def test_what_moves_under_a_fermata_belongs_to_it(make_score):
    score = make_score(range(0, 240, 12), 12, fermatas=[72], held=[(72, 24)])
    assert phrase_starts(score).tolist() == [0, 96]


def test_without_notes_there_is_no_phrase(make_score):
    assert phrase_starts(make_score([], fermatas=[0])).tolist() == []
