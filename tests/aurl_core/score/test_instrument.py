import pytest

from aurl_core.score.instrument import DRUM_CHANNEL, DRUMS, FAMILIES, families_of, family_of, track_of_family
from aurl_core.score.score import Track


def test_families_are_programs_by_eights():
    assert families_of((Track(program=7), Track(program=8), Track(program=73), Track(is_drum=True))).tolist() == [
        0,
        1,
        9,
        15,
    ]


@pytest.mark.parametrize("family", range(16))
def test_the_track_of_a_family_is_in_it(family):
    track = track_of_family(family)
    assert family_of(track) == family
    assert track.name == FAMILIES[family]


def test_no_two_families_share_a_channel_and_only_drums_have_theirs():
    channels = [track_of_family(family).channel for family in range(16)]
    assert len(set(channels)) == 16
    assert channels.index(DRUM_CHANNEL) == DRUMS
