import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score
from aurl_core.score.time import BarGrid, TempoMap


def score(*events, length=960, ticks_per_beat=24):
    """A score of one long note with (kind, onset, number, value) events."""
    rows = [(kind, onset, WHOLE_PIECE, number, value, "") for kind, onset, number, value in events]
    return Score(ticks_per_beat, Notes.of(onset=[0], duration=[length], pitch=60), events=Events.of(rows))


def bars(*events, length=960):
    grid = BarGrid.of(score(*events, length=length))
    return list(zip(grid.start.tolist(), grid.length.tolist(), strict=True))


def test_seconds_follow_the_tempo():
    tempo = TempoMap.of(score(("tempo", 0, 0, 60.0), ("tempo", 48, 0, 240.0)))
    assert tempo.seconds([0, 24, 48, 72]).tolist() == pytest.approx([0.0, 1.0, 2.0, 2.25])


def test_before_the_first_tempo_it_is_120():
    tempo = TempoMap.of(score(("tempo", 48, 0, 60.0)))
    assert tempo.seconds([48, 72]).tolist() == pytest.approx([1.0, 2.0])


def test_of_several_tempos_at_once_the_last_counts():
    tempo = TempoMap.of(score(("tempo", 0, 0, 10.0), ("tempo", 0, 0, 60.0)))
    assert tempo.seconds(24) == pytest.approx(1.0)


@given(st.lists(st.tuples(st.integers(0, 500), st.floats(20, 400)), max_size=8), st.integers(0, 1000))
def test_ticks_undo_seconds(tempos, tick):
    tempo = TempoMap.of(score(*(("tempo", onset, 0, bpm) for onset, bpm in tempos)))
    assert tempo.ticks(tempo.seconds(tick)) == tick


def test_bars_are_four_four_until_something_is_said():
    assert bars(length=200) == [(0, 96), (96, 96), (192, 96)]


def test_a_change_of_meter_in_mid_bar_ends_the_bar():
    assert bars(("time_signature", 24, 3, 4.0), length=168) == [(0, 24), (24, 72), (96, 72)]


def test_signatures_after_the_music_make_no_bars():
    assert bars(("time_signature", 96, 3, 4.0), length=96) == [(0, 96)]


def test_of_several_signatures_at_once_the_last_counts():
    assert bars(("time_signature", 0, 3, 4.0), ("time_signature", 0, 2, 4.0), length=48) == [(0, 48)]


def test_without_music_there_is_one_bar():
    assert len(BarGrid.of(Score(24))) == 1


def test_bars_of_no_whole_length_do_not_drift():
    grid = BarGrid.of(score(("time_signature", 0, 5, 64.0), length=75))
    assert grid.start.tolist() == [0, 7, 15, 22, 30, 37, 45, 52, 60, 67]
    assert grid.length.sum() == 75


def test_bars_shorter_than_a_tick_are_a_tick():
    assert bars(("time_signature", 0, 1, 128.0), length=3) == [(0, 1), (1, 1), (2, 1)]


def test_meters_are_known_bar_by_bar():
    grid = BarGrid.of(score(("time_signature", 96, 6, 8.0), length=240))
    assert grid.numerator.tolist() == [4, 6, 6]
    assert grid.denominator.tolist() == [4, 8, 8]


@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 12), st.sampled_from([2.0, 4.0, 8.0, 16.0])), max_size=6),
    st.integers(1, 1000),
)
def test_bars_tile_the_music(signatures, length):
    grid = BarGrid.of(score(*(("time_signature", *signature) for signature in signatures), length=length))
    assert (grid.length > 0).all()
    assert (grid.start[1:] == grid.start[:-1] + grid.length[:-1]).all()
    assert grid.start[-1] < length <= grid.start[-1] + grid.length[-1]


def test_bar_and_position_lead_back_to_the_tick():
    grid, ticks = BarGrid.of(score(("time_signature", 24, 3, 4.0))), np.arange(200)
    assert (grid.start[grid.bar_of(ticks)] + grid.position_of(ticks) == ticks).all()
