import numpy as np
import pytest

from aurl_core.models.likelihood import IGNORED
from aurl_core.training.loading.segments import ONE_PIECE, HeldOutSegments, TrainingSegments, bar_starts, longest_bar

BAR = 4
IS_BAR_V = np.arange(16) == BAR
PIECE = np.array([1, 9, BAR, 5, 6, BAR, 7, BAR, 8, 8, 8, BAR, 5, 2], np.uint16)
"""Four bars of 4 (with what comes before it), 2, 4 and 2 tokens, and the end."""
STARTS = [0, 5, 7, 11]


def held_out(*, bars: int, length: int) -> list[list[int]]:
    segments = HeldOutSegments([PIECE], bars=bars, is_bar_V=IS_BAR_V, length=length)
    return [segments[number].token_ids_T.tolist() for number in range(len(segments))]


def test_a_piece_begins_with_its_first_bar():
    assert bar_starts(PIECE, IS_BAR_V).tolist() == STARTS
    assert longest_bar([PIECE], IS_BAR_V) == 5


@pytest.mark.parametrize(
    ("bars", "length", "bounds"),
    [
        (2, 99, [(0, 7), (7, 13)]),
        (4, 99, [(0, 13)]),
        (3, 7, [(0, 7), (7, 13)]),
        (1, 99, [(5, 7), (11, 13), (7, 11), (0, 5)]),
        (1, 4, [(4, 5), (5, 7), (11, 13), (0, 4), (7, 11)]),
    ],
)
def test_segments_are_as_many_whole_bars_as_may_be(bars, length, bounds):
    expected = sorted((PIECE[start:end].tolist() for start, end in bounds), key=len)
    assert sorted(held_out(bars=bars, length=length)) == sorted(expected)


@pytest.mark.parametrize(("bars", "length"), [(1, 99), (2, 7), (3, 99), (8, 4)])
def test_every_token_but_the_first_is_predicted_once(bars, length):
    segments = HeldOutSegments([PIECE], bars=bars, is_bar_V=IS_BAR_V, length=length)
    targets = np.concatenate([window.targets_T for window in segments.windows])
    assert sorted(targets[targets != IGNORED].tolist()) == sorted(PIECE[1:].tolist())


@pytest.fixture
def training():
    """Segments of a reader that holds one piece of two tokens a bar, read without the tokenizer."""

    def make(*, num_bars: int, bars: int) -> TrainingSegments:
        segments = TrainingSegments.__new__(TrainingSegments)
        segments.seed, segments.bars, segments.is_bar_V, segments.length = 1, bars, IS_BAR_V, 99
        segments.sequences, segments.tells_phrase_ends = ONE_PIECE, False
        piece = np.array([BAR, 9] * num_bars + [2], np.uint16)
        segments._variation = lambda piece_number, number: (piece_number, 0, ())
        segments._tokens = lambda *shown: piece
        segments._start = lambda number, rng: (0, float(rng.random()))
        return segments

    return make


def test_training_segments_begin_at_any_bar_and_often_with_the_piece(training):
    lengths = [len(training(num_bars=10, bars=4)[number].token_ids_T) // 2 for number in range(2000)]
    shares = np.bincount(lengths) / len(lengths)
    assert shares[1:4] == pytest.approx([1 / 13] * 3, abs=0.02)
    assert shares[4] == pytest.approx(10 / 13, abs=0.03)
