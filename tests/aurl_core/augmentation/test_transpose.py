import numpy as np
import pytest

from aurl_core.augmentation.transpose import allowed_shifts, transpose
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track

DUET = Score(
    24,
    Notes.of(onset=[0, 0, 24], duration=24, pitch=[60, 36, 62], track=[0, 1, 0]),
    (Track(), Track(is_drum=True)),
)
WIDE = (-12, 12)


def note(pitch: int, **track) -> Score:
    return Score(24, Notes.of(onset=[0], duration=24, pitch=[pitch]), (Track(**track),))


def test_drums_stay():
    moved = transpose(DUET, -3)
    assert moved.notes.pitch.tolist() == [57, 36, 59]
    assert moved.notes.onset.tolist() == DUET.notes.onset.tolist()


def test_intervals_are_kept(make_piece):
    piece = make_piece(3)
    for semitones in (-12, 5, 12):
        moved = transpose(piece, semitones).notes.pitch
        assert (np.subtract.outer(moved, moved) == np.subtract.outer(piece.notes.pitch, piece.notes.pitch)).all()
        assert moved[0].astype(int) - piece.notes.pitch[0] == semitones


def test_there_and_back_is_the_same_piece():
    assert transpose(transpose(DUET, 5), -5).equals(DUET)


@pytest.mark.parametrize(
    ("sharps", "semitones", "expected"),
    [(0, 2, 2), (0, -2, -2), (0, 6, 6), (2, 1, -3), (-3, -3, 0), (6, 0, 6), (4, 4, -4)],
)
def test_key_signatures_move_along_the_fifths(sharps, semitones, expected):
    score = DUET.with_events(Events.of([("key_signature", 0, WHOLE_PIECE, sharps, 1.0, "")]))
    events = transpose(score, semitones).events
    assert (events.number.tolist(), events.value.tolist()) == ([expected], [1.0])


def test_chord_symbols_are_left_out_and_tempos_kept():
    events = Events.of([("chord_symbol", 0, WHOLE_PIECE, 0, 0.0, "Am"), ("tempo", 0, WHOLE_PIECE, 0, 90.0, "")])
    moved = transpose(DUET.with_events(events), 1).events
    assert moved.equals(events.select("tempo"))


def test_each_family_stays_in_its_range():
    assert allowed_shifts(note(60), WIDE) == range(-12, 13)
    assert allowed_shifts(note(23), WIDE) == range(-2, 13)
    assert allowed_shifts(note(30, program=33), WIDE) == range(-2, 13)  # a bass has E1 for its lowest
    assert allowed_shifts(note(50, program=25), WIDE) == range(-10, 13)
    duet = Score(
        24, Notes.of(onset=[0, 0], duration=24, pitch=[30, 94], track=[0, 1]), (Track(program=33), Track(program=25))
    )
    assert allowed_shifts(duet, WIDE) == range(-2, 1)


def test_what_is_beyond_its_range_may_only_come_nearer():
    assert allowed_shifts(note(20), WIDE) == range(13)
    assert allowed_shifts(note(110), WIDE) == range(-12, 1)


def test_asked_for_no_more_than_is_set():
    assert allowed_shifts(note(60), (-2, 3)) == range(-2, 4)
    assert allowed_shifts(note(60), (2, 3)) == range(4)


def test_drums_alone_have_nothing_to_transpose():
    assert allowed_shifts(note(60, is_drum=True), WIDE) == allowed_shifts(Score(24), WIDE) == range(1)
