import numpy as np
import pytest

from aurl_core.augmentation.timbre import substitute
from aurl_core.score.instrument import PITCH_RANGES, family_of
from aurl_core.score.score import Notes, Score, Track


def band(*tracks: Track, pitch: int = 60) -> Score:
    number = np.arange(len(tracks))
    return Score(24, Notes.of(onset=0 * number, duration=24, pitch=pitch + number, track=number), tracks)


def programs(score: Score, seed: int) -> list[int]:
    return [track.program for track in substitute(score, np.random.default_rng(seed)).tracks]


def test_the_family_is_kept_and_the_instrument_is_another():
    score = band(Track(program=0), Track(program=27), Track(program=40), Track(program=73))
    for seed in range(30):
        varied = substitute(score, np.random.default_rng(seed))
        assert [family_of(track) for track in varied.tracks] == [0, 3, 5, 9]
        assert all(was.program != now.program for was, now in zip(score.tracks, varied.tracks, strict=True))
        assert varied.notes is score.notes


@pytest.mark.parametrize(("program", "pitch"), [(40, 90), (43, 30), (56, 90), (58, 30), (70, 40), (12, 50)])
def test_the_other_instrument_can_play_the_part(program, pitch):
    for seed in range(20):
        [chosen] = programs(band(Track(program=program), pitch=pitch), seed)
        low, high = PITCH_RANGES[chosen // 8, chosen % 8]
        assert low <= pitch <= high


def test_drums_percussion_and_effects_stay():
    score = band(Track(program=8, is_drum=True), Track(program=117), Track(program=125))
    assert {tuple(programs(score, seed)) for seed in range(20)} == {(8, 117, 125)}


def test_two_hands_play_one_instrument():
    score = band(Track(program=0, name="right"), Track(program=0, name="left"), Track(program=0, is_drum=True))
    chosen = [programs(score, seed) for seed in range(20)]
    assert all(right == left and drums == 0 for right, left, drums in chosen)
    assert len({right for right, _, _ in chosen}) > 3


def test_a_part_that_no_other_can_play_keeps_its_instrument():
    assert programs(band(Track(program=72), pitch=108), 1) == [72]


def test_no_melody_goes_to_the_timpani():
    assert all(programs(band(Track(program=42), pitch=45), seed) != [47] for seed in range(50))
