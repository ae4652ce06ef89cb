import pytest

from aurl_core.augmentation.params import Ramp
from aurl_core.augmentation.schedule import chance_at

PROGRESS = (0.0, 0.25, 0.5, 0.75, 1.0)


def test_a_number_is_constant():
    assert [chance_at(0.3, progress) for progress in PROGRESS] == [0.3] * 5


def test_a_line_falls_evenly():
    ramp = Ramp(shape="linear", start=0.8, end=0.0)
    assert [chance_at(ramp, progress) for progress in PROGRESS] == pytest.approx([0.8, 0.6, 0.4, 0.2, 0.0])


def test_a_cosine_lingers_at_both_ends():
    ramp = Ramp(shape="cosine", start=0.0, end=1.0)
    chances = [chance_at(ramp, progress) for progress in PROGRESS]
    assert (chances[0], chances[2], chances[4]) == pytest.approx((0.0, 0.5, 1.0))
    assert chances[1] < 0.25
    assert chances[1] + chances[3] == pytest.approx(1.0)
