import pytest

from aurl_core.augmentation.transpose import pitch_range, transpose
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track

DUET = Score(
    24,
    Notes.of(onset=[0, 0, 24], duration=24, pitch=[60, 36, 62], track=[0, 1, 0]),
    (Track(), Track(is_drum=True)),
)


def test_drums_stay():
    moved = transpose(DUET, -3)
    assert moved.notes.pitch.tolist() == [57, 36, 59]
    assert moved.notes.onset.tolist() == DUET.notes.onset.tolist()


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


def test_the_range_is_of_pitched_notes():
    assert pitch_range(DUET) == (60, 62)
    assert pitch_range(Score(24)) is None
