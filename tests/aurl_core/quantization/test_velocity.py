import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurl_core.quantization.params import QuantizeParams
from aurl_core.quantization.velocity import normalised_velocity

velocities = st.lists(st.integers(1, 127), min_size=1, max_size=60).map(lambda some: np.array(some, np.uint8))


def normalised(played, velocity, median=64, spread=20):
    settings = {"mode": "strict", "steps_per_beat": 24, "short_notes": "drop", "velocity": velocity}
    params = QuantizeParams(**settings, velocity_median=median, velocity_spread=spread)
    return normalised_velocity(np.asarray(played, np.uint8), params)


@given(velocities, st.sampled_from(["median", "range"]), st.integers(1, 127), st.integers(0, 126))
def test_no_note_overtakes_another(played, velocity, median, spread):
    moved = normalised(played, velocity, median, spread)
    steps = np.diff(moved[np.argsort(played, kind="stable")].astype(int))
    assert (steps >= 0).all()
    assert 1 <= moved.min() <= moved.max() <= 127


def test_velocities_move_together():
    assert normalised([20, 50, 60, 70, 80], "median").tolist() == [24, 54, 64, 74, 84]


def test_a_side_without_room_is_compressed_and_not_clipped():
    assert normalised([40, 60, 80, 100, 120], "median", 110).tolist() == [70, 90, 110, 118, 127]


def test_pieces_get_one_median_and_one_spread():
    rng = np.random.default_rng(0)
    for centre, width in ((40, 4), (64, 8), (80, 12)):
        moved = normalised(rng.normal(centre, width, 2000).clip(1, 127), "range")
        low, median, high = np.percentile(moved, (25, 50, 75))
        assert median == pytest.approx(64, abs=1)
        assert high - low == pytest.approx(20, abs=4)


def test_one_velocity_stays_one():
    assert normalised([90, 90], "range").tolist() == [64, 64]


def test_off_leaves_velocities_as_played():
    assert normalised([20, 50], "off").tolist() == [20, 50]
    assert len(normalised([], "range")) == 0
