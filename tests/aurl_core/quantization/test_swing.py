import numpy as np
import pytest

from aurl_core.quantization.swing import straightened, swing_ratio, swung_beats


def eighths(second, count=8):
    return np.sort(np.concatenate([np.arange(count), np.arange(count) + second])).astype(float)


@pytest.mark.parametrize("ratio", [1.3, 1.6, 2.0, 2.4])
def test_the_ratio_of_swung_eighths_is_measured(ratio):
    beat, part = swung_beats(eighths(ratio / (1 + ratio)))
    assert beat.tolist() == list(range(8))
    assert swing_ratio(part) == pytest.approx(ratio)


@pytest.mark.parametrize("second", [0.5, 0.75, 0.25])
def test_even_and_dotted_eighths_do_not_swing(second):
    beat, part = swung_beats(eighths(second))
    assert len(beat) == 0
    assert swing_ratio(part) is None


def test_triplets_do_not_swing():
    onset = (np.arange(8)[:, None] + np.array([0, 1 / 3, 2 / 3])).ravel()
    assert len(swung_beats(onset)[0]) == 0


def test_a_few_late_notes_are_no_swing():
    assert len(swung_beats(np.array([0, 0.66, 1, 1.5, 2, 2.5, 3, 3.66]))[0]) == 0


def test_only_swung_beats_are_stretched():
    moved = straightened(np.array([0.3, 0.6, 0.8, 1.6, 9.6]), np.array([0, 9]), np.array([0.6, 0.6]))
    assert moved.tolist() == pytest.approx([0.25, 0.5, 0.75, 1.6, 9.5])
