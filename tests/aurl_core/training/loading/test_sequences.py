import numpy as np
import pytest

from aurl_core.training.loading.params import SequenceParams
from aurl_core.training.loading.sequences import starts_of

LENGTHS = np.array([50, 300, 90], np.int64)
LINES = np.array([1, 4, 7])
"""Where three bars of a piece of ten tokens begin."""


def starts(policy, *, stride=1.0):
    return starts_of(SequenceParams(policy=policy, stride=stride), LENGTHS, length=100)


def epoch(made):
    random = np.random.default_rng(0)
    return [made.start(window, random) for window in range(made.num_windows)]


def test_sliding_windows_begin_in_each_stretch_of_a_context():
    where = [{0: 0, 1: 50, 2: 350}[piece] + share * LENGTHS[piece] for piece, share in epoch(starts("sliding"))]
    assert [int(place // 110) for place in where] == [0, 1, 2, 3]


def test_half_the_stride_is_twice_the_windows():
    assert starts("sliding", stride=0.5).num_windows == 2 * starts("sliding").num_windows + 1
    assert (starts("adaptive").num_windows, starts("adaptive", stride=0.5).num_windows) == (5, 8)


def test_truncated_pieces_are_shown_once_from_their_beginnings():
    made = starts("truncate")
    assert epoch(made) == [(0, 0.0), (1, 0.0), (2, 0.0)]
    assert made.token(0.0, 300, LINES) == 0


def test_adaptive_windows_show_whole_what_fits_and_stretch_by_stretch_what_does_not():
    pieces, shares = zip(*epoch(starts("adaptive")), strict=True)
    assert pieces == (0, 1, 1, 1, 2)
    assert [int(share * 3) for share in shares] == [0, 0, 1, 2, 0]


@pytest.mark.parametrize("policy", ["adaptive", "phrases"])
def test_windows_begin_with_the_piece_or_at_a_line(policy):
    made = starts(policy)
    assert [made.token(share, 10, LINES) for share in (0.0, 0.3, 0.45, 0.69, 0.7, 0.99)] == [0, 0, 4, 4, 7, 7]


def test_without_lines_they_begin_anywhere():
    assert starts("adaptive").token(0.45, 100, np.zeros(0, np.int64)) == 45


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match="'sliding', 'truncate', 'adaptive' or 'phrases'"):
        SequenceParams(policy="shuffle")
