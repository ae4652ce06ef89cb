import numpy as np
import pytest

from aurl_core.score.key import key_name
from aurl_core.score.score import Notes, Score, Track
from aurl_core.studies.chords.keys import KeyStudy, scale_of
from aurl_core.studies.params import KeyParams

PIECE = {"piece_id": "a"}
A_MINOR = [57, 59, 60, 62, 64, 65, 68, 69, 64, 60, 57, 57]


def melody(pitches):
    return Score(24, Notes.of(onset=np.arange(len(pitches)) * 24, duration=24, pitch=pitches))


@pytest.mark.parametrize("profile", ["krumhansl", "temperley", "albrecht"])
@pytest.mark.parametrize("shift", range(12))
def test_the_key_moves_with_the_music(params, profile, shift):
    study = KeyStudy(params.model_copy(update={"keys": KeyParams(profile=profile)}))
    table = study.analyze(PIECE, melody(np.array(A_MINOR) + shift))
    assert table["key"].to_pylist() == [key_name(12 + (9 + shift) % 12)]


def test_a_major_scale_with_its_tonic_held_is_major(params):
    row = KeyStudy(params).analyze(PIECE, melody([67, 69, 71, 72, 74, 76, 78, 79, 74, 67, 67])).to_pylist()[0]
    assert (row["tonic"], row["mode"], row["end_beat"]) == (7, "major", 11.0)
    assert 0 < row["confidence"] < 1
    assert row["correlation"] > 0.7


def test_twelve_equal_tones_have_a_key_without_confidence(params):
    row = KeyStudy(params).analyze(PIECE, melody(np.arange(60, 72))).to_pylist()[0]
    assert row["confidence"] == 0.0


def test_drums_alone_have_no_key(params):
    score = Score(24, Notes.of(onset=[0], duration=24, pitch=[36]), (Track(is_drum=True),))
    assert len(KeyStudy(params).analyze(PIECE, score)) == 0


def test_minor_keeps_both_sevenths():
    assert np.flatnonzero(scale_of(21)).tolist() == [0, 2, 4, 5, 7, 8, 9, 11]
    assert np.flatnonzero(scale_of(0)).tolist() == [0, 2, 4, 5, 7, 9, 11]
