import numpy as np
import pytest

from aurl_core.score.key import PROFILES, key_correlations, key_name, key_of_signature

SCALE = np.bincount([0, 2, 4, 5, 7, 9, 11, 0, 7], minlength=12).astype(float)


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("tonic", range(12))
def test_the_key_moves_with_the_scale(profile, tonic):
    assert key_correlations(np.roll(SCALE, tonic), profile=profile).argmax() == tonic


def test_many_pieces_at_once_get_what_each_gets_alone():
    both = np.stack([SCALE, np.roll(SCALE, 3)])
    alone = [key_correlations(one, profile="albrecht") for one in both]
    assert np.allclose(key_correlations(both, profile="albrecht"), alone)


def test_a_flat_profile_speaks_for_no_key():
    assert key_correlations(np.ones(12), profile="krumhansl").tolist() == [0.0] * 24


def test_signatures_name_the_keys_of_the_circle_of_fifths():
    names = [key_name(key_of_signature(sharps, is_minor=False)) for sharps in range(-3, 4)]
    assert names == ["D# major", "A# major", "F major", "C major", "G major", "D major", "A major"]
    assert key_name(key_of_signature(3, is_minor=True)) == "F# minor"
