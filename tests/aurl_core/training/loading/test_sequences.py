import numpy as np
import pytest

from aurl_core.training.loading.params import SequenceParams
from aurl_core.training.loading.sequences import starts_of

LENGTHS = np.array([50, 300, 90], np.int64)
IS_BAR = np.arange(10) == 4
"""Of ten tokens the fifth is the bar line."""


def starts(policy, *, stride=1.0, lengths=LENGTHS, is_bar=IS_BAR):
    return starts_of(SequenceParams(policy=policy, stride=stride), lengths, length=100, is_bar_V=is_bar)


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
    assert made.token(0.0, np.zeros(300, np.uint16)) == 0


def test_adaptive_windows_show_whole_what_fits_and_stretch_by_stretch_what_does_not():
    pieces, shares = zip(*epoch(starts("adaptive")), strict=True)
    assert pieces == (0, 1, 1, 1, 2)
    assert [int(share * 3) for share in shares] == [0, 0, 1, 2, 0]


def test_adaptive_windows_begin_with_the_piece_or_at_a_bar_line():
    ids = np.array([1, 4, 7, 7, 4, 7, 7, 4, 7, 2], np.uint16)
    made = starts("adaptive")
    assert [made.token(share, ids) for share in (0.0, 0.3, 0.45, 0.69, 0.7, 0.99)] == [0, 0, 4, 4, 7, 7]


def test_without_bar_lines_they_begin_anywhere():
    made = starts("adaptive", is_bar=np.zeros(10, bool))
    assert made.token(0.45, np.zeros(100, np.uint16)) == 45


def test_an_unknown_policy_is_refused():
    with pytest.raises(ValueError, match="'sliding', 'truncate' or 'adaptive'"):
        SequenceParams(policy="shuffle")
