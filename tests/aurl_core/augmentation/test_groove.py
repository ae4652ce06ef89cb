import numpy as np
import pytest

from aurl_core.augmentation.groove import humanize, swing
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score

LOOSE = {"onset_beats": 0.1, "shortening": 0.2, "velocity": 6}


def line(*onsets: int, meter: tuple[int, int] = (4, 4), ticks_per_beat: int = 24) -> Score:
    events = Events.of([("time_signature", 0, WHOLE_PIECE, *meter, "")])
    duration = np.diff([*onsets, onsets[-1] + ticks_per_beat // 2])
    return Score(ticks_per_beat, Notes.of(onset=onsets, duration=duration, pitch=60), events=events)


def onsets(score: Score) -> list[int]:
    return score.notes.onset.tolist()


def wild(seed: int) -> Score:
    """Four hundred notes of three tracks, close together and far apart."""
    rng = np.random.default_rng(seed)
    return Score(
        24,
        Notes.of(
            onset=np.cumsum(rng.integers(0, 9, 400)),
            duration=rng.integers(1, 60, 400),
            pitch=rng.integers(50, 60, 400),
            velocity=rng.integers(1, 128, 400),
            track=rng.integers(0, 3, 400),
        ),
        Score(24).tracks * 3,
    )


def test_the_second_eighth_comes_later_and_the_beat_stays():
    assert onsets(swing(line(0, 12, 24, 36, 48), 2 / 3)) == [0, 16, 24, 40, 48]
    assert onsets(swing(line(0, 240, 480, 720, ticks_per_beat=480), 0.6)) == [0, 288, 480, 768]


def test_sixteenths_move_along():
    assert onsets(swing(line(0, 6, 12, 18, 24), 2 / 3)) == [0, 8, 16, 20, 24]


def test_what_was_joined_stays_joined():
    notes = swing(line(0, 12, 24, 36, 48), 2 / 3).notes
    assert notes.offset[:-1].tolist() == notes.onset[1:].tolist()


def test_straight_is_straight():
    assert swing(line(0, 6, 12, 24), 0.5).equals(line(0, 6, 12, 24))


def test_triplets_and_compound_meters_do_not_swing():
    assert onsets(swing(line(0, 8, 16, 24, 36), 2 / 3)) == [0, 8, 16, 24, 40]
    assert onsets(swing(line(0, 12, 24, 36, meter=(6, 8)), 2 / 3)) == [0, 12, 24, 36]


def test_half_a_beat_before_a_bar_line_does_not_swing():
    meters = Events.of(
        [("time_signature", 0, WHOLE_PIECE, 3, 8.0, ""), ("time_signature", 36, WHOLE_PIECE, 4, 4.0, "")]
    )
    meters = meters.take(slice(1, None))  # the first bar is cut after a beat and a half of 4/4
    score = line(0, 12, 24, 30, 36, 48).with_events(meters)
    assert onsets(swing(score, 2 / 3)) == [0, 16, 24, 30, 36, 52]


def test_pedals_swing_with_the_notes():
    pedals = Events.of([("control_change", 0, 0, 64, 127.0, ""), ("control_change", 12, 0, 64, 0.0, "")])
    assert swing(line(0, 12, 24).with_events(pedals), 2 / 3).events.onset.tolist() == [0, 16]


@pytest.mark.parametrize("seed", range(5))
def test_nothing_overtakes_anything_in_swing(seed):
    before = wild(seed)
    after = swing(before, 0.7).notes
    assert (np.diff(after.onset) >= 0).all()
    assert sorted(after.pitch) == sorted(before.notes.pitch)
    assert after.duration.min() >= 1


@pytest.mark.parametrize("seed", range(5))
def test_a_player_keeps_the_order_and_the_bounds(seed):
    moments = np.cumsum(np.random.default_rng(seed).integers(1, 9, 300))
    before = Notes.of(onset=moments, duration=5, pitch=50 + np.arange(300) % 40, velocity=64)
    after = humanize(Score(24, before), np.random.default_rng(seed), **LOOSE).notes
    assert after.pitch.tolist() == before.pitch.tolist()
    assert (np.diff(after.onset) > 0).all()
    assert abs(after.onset - before.onset).max() == 2
    assert set(after.duration.tolist()) == {4, 5}
    assert abs(after.velocity.astype(int) - 64).max() == 6


@pytest.mark.parametrize("seed", range(5))
def test_no_note_comes_to_sound_into_the_next(seed):
    before = wild(seed)
    after = humanize(before, np.random.default_rng(seed), **LOOSE)
    assert overlaps(after) <= overlaps(before)
    assert after.notes.onset.min() >= 0
    assert after.notes.duration.min() >= 1


def overlaps(score: Score) -> int:
    notes = score.notes
    order = np.lexsort([notes.onset, notes.pitch, notes.track])
    same = (np.diff(notes.pitch[order]) == 0) & (np.diff(notes.track[order]) == 0)
    return int((same & (notes.offset[order][:-1] > notes.onset[order][1:])).sum())


def test_exactness_is_nothing_moved():
    exact = {"onset_beats": 0.0, "shortening": 0.0, "velocity": 0}
    assert humanize(wild(1), np.random.default_rng(1), **exact).equals(wild(1))
    assert humanize(Score(24), np.random.default_rng(1), **LOOSE).equals(Score(24))
