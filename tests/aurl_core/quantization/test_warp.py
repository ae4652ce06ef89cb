import numpy as np
import pytest

from aurl_core.quantization.params import QuantizeParams
from aurl_core.quantization.warp import clock_of, keeps_to_beats, warp_to_beats
from aurl_core.score.score import Notes, Score


def score_at(onset, ticks_per_beat=480):
    return Score(ticks_per_beat, Notes.of(onset=onset, duration=60, pitch=60))


def clock(score, **settings):
    return clock_of(score, QuantizeParams(steps_per_beat=24, short_notes="drop", **{"mode": "adaptive", **settings}))


WRITTEN = score_at(np.arange(64) * 120)
PLAYED = score_at(np.cumsum(np.random.default_rng(1).integers(85, 105, 64)))


def test_music_to_the_beat_is_told_from_music_without():
    assert keeps_to_beats(WRITTEN)
    assert not keeps_to_beats(PLAYED)


def test_music_to_the_beat_may_be_unsteady_and_off_the_beat():
    unsteady = np.arange(64) * 240 + 120 + np.random.default_rng(1).integers(-25, 25, 64)
    assert keeps_to_beats(score_at(unsteady))


def test_of_a_few_notes_nothing_is_told():
    assert keeps_to_beats(score_at([7, 191, 300]))


@pytest.mark.parametrize(
    ("score", "beats", "is_heard"),
    [(WRITTEN, "auto", False), (PLAYED, "auto", True), (PLAYED, "file", False), (WRITTEN, "tracked", True)],
)
def test_beats_are_heard_where_that_is_asked(score, beats, is_heard):
    assert (clock(score, beats=beats).beat_ticks is not None) == is_heard


def test_off_knows_no_beats():
    assert clock(PLAYED, mode="off", beats="tracked").beat_ticks is None


def test_with_too_few_notes_the_files_beats_stay():
    assert clock(score_at([0, 100]), beats="tracked").beat_ticks is None


def test_given_beats_go_on_before_the_first_and_after_the_last():
    ticks = warp_to_beats(score_at([100, 3000]), [0.75, 1.25, 1.75]).beat_ticks
    assert ticks[:4].tolist() == [-240, 240, 720, 1200]
    assert ticks[-1] > 3060
    assert (np.diff(ticks) == 480).all()


def test_quarters_stand_between_beats_of_other_lengths():
    ticks = warp_to_beats(score_at([0, 900]), [0.0, 0.75, 1.5], quarters_per_beat=1.5).beat_ticks
    assert ticks[:4].tolist() == [0, 480, 960, 1440]


def test_quarters_are_put_between_where_given_beats_do_not_rise():
    assert warp_to_beats(score_at([0]), [0.0, 0.0, 0.5]).beat_ticks[:3].tolist() == [0, 240, 480]
    with pytest.raises(ValueError, match="1 beats make no clock"):
        warp_to_beats(score_at([0]), [0.5, 0.5])
