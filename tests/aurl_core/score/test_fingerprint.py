import numpy as np
import pytest

from aurl_core.score.fingerprint import fingerprint
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track

ONSET, DURATION, PITCH = np.array([0, 24, 48, 48]), np.array([24, 24, 48, 12]), np.array([60, 64, 67, 60])


PIANO = (Track(),)


def score_of(onset=ONSET, duration=DURATION, pitch=PITCH, *, clock=24, tracks=PIANO, track=0, velocity=64, bpm=90.0):
    notes = Notes.of(onset=onset, duration=duration, pitch=pitch, track=track, velocity=velocity)
    return Score(clock, notes, tracks, Events.of([("tempo", 0, WHOLE_PIECE, 0, bpm, "")]))


@pytest.mark.parametrize(
    "same",
    [
        score_of(pitch=PITCH + 5),
        score_of(bpm=180.0),
        score_of(ONSET * 20, DURATION * 20, clock=480),
        score_of(ONSET * 3, DURATION * 3),
        score_of(ONSET + 7),
        score_of(velocity=[1, 2, 3, 4]),
        score_of(track=[1, 0, 1, 0], tracks=(Track(program=4), Track(program=52))),
        score_of(ONSET[::-1], DURATION[::-1], PITCH[::-1]),
    ],
)
def test_the_same_music_has_the_same_fingerprint(same):
    assert fingerprint(same) == fingerprint(score_of())


@pytest.mark.parametrize(
    "other",
    [
        score_of(pitch=PITCH + np.array([0, 0, 1, 0])),
        score_of(duration=DURATION + np.array([0, 0, 0, 12])),
        score_of(ONSET + np.array([0, 1, 0, 0])),
        score_of(ONSET[:3], DURATION[:3], PITCH[:3]),
        score_of(tracks=(Track(is_drum=True),)),
    ],
)
def test_other_music_has_another(other):
    assert fingerprint(other) != fingerprint(score_of())


def test_drums_do_not_transpose():
    kit = (Track(is_drum=True),)
    assert fingerprint(score_of(tracks=kit)) != fingerprint(score_of(pitch=PITCH + 1, tracks=kit))


def test_an_empty_score_has_a_fingerprint():
    assert fingerprint(Score(24)) == fingerprint(Score(480))
