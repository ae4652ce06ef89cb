import pytest

from aurl_core.parsing.repair_silence import MOST_BEATS, Cut, cuts_of, is_too_long, limit_durations, shortened
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score


def score_of(onset, *, meters=()):
    rows = [("time_signature", tick, WHOLE_PIECE, upper, 4.0, "") for tick, upper in meters]
    return Score(10, Notes.of(onset=onset, duration=10, pitch=60), events=Events.of(rows))


@pytest.mark.parametrize(("onset", "expected"), [(10 * MOST_BEATS - 10, False), (10 * MOST_BEATS, True)])
def test_which_piece_is_too_long(onset, expected):
    assert is_too_long(score_of([onset])) == expected


def test_whole_bars_are_cut_out_of_silences_of_over_256_beats():
    assert cuts_of(score_of([0, 2570, 2580 + 2560 + 85])) == [Cut(5225 - 80, 80)]


def test_the_meter_at_its_beginning_says_what_a_bar_of_a_silence_is():
    score = score_of([3000], meters=[(0, 3)])
    assert cuts_of(score) == [Cut(3000 - 420, 420)]


def test_what_stands_behind_a_cut_moves_up():
    score = score_of([0, 1000, 2000], meters=[(500, 3), (950, 5), (1500, 4)])
    after = shortened(score, [Cut(900, 80)])
    assert after.notes.onset.tolist() == [0, 920, 1920]
    assert after.events.onset.tolist() == [500, 900, 1420]


def test_durations_have_a_limit():
    assert limit_durations(Notes.of(onset=0, duration=[5, 50], pitch=[60, 61]), longest=20).tolist() == [5, 20]
