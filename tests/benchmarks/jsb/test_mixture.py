import numpy as np
import pytest

from benchmarks.jsb.mixture import MixtureWeights, fit, group_prior, mix, mix_cross_fitted


def test_without_sharpness_it_is_the_mean_probability() -> None:
    probabilities = np.array([[0.5, 0.1], [0.1, 0.3]])
    weights = MixtureWeights(np.array([0.25, 0.75], dtype=np.float32), sharpness=0.0, memory=0.9)
    mixed = mix(-np.log(probabilities), np.array([0, 2]), weights)
    np.testing.assert_allclose(np.exp(-mixed), [0.2, 0.25], rtol=1e-5)


def test_weights_follow_who_was_right_before_and_start_afresh_with_a_piece() -> None:
    probabilities = np.array([[0.9, 0.9, 0.9], [0.1, 0.1, 0.1]])
    weights = MixtureWeights(np.array([0.5, 0.5], dtype=np.float32), sharpness=1.0, memory=1.0)
    mixed = np.exp(-mix(-np.log(probabilities), np.array([0, 2, 3]), weights))
    np.testing.assert_allclose(mixed, [0.5, 0.9 * 0.9 + 0.1 * 0.1, 0.5], rtol=1e-5)


def test_a_step_does_not_weigh_itself() -> None:
    nats = np.random.default_rng(0).random((3, 10))
    changed = nats.copy()
    changed[0, 6] += 1.0
    weights = MixtureWeights(group_prior([True, False, False], 0.5), sharpness=0.7, memory=0.9)
    first, second = (mix(values, np.array([0, 10]), weights) for values in (nats, changed))
    np.testing.assert_array_equal(first[:6], second[:6])
    assert second[6] > first[6]
    assert second[7] != first[7]


def test_the_better_group_is_given_more() -> None:
    nats = np.stack([np.full(20, 0.5), np.full(20, 3.0)])
    weights = fit(nats, np.array([0, 10, 20]), [True, False], np.arange(2))
    assert weights.prior[0] == pytest.approx(0.95)


def test_a_held_out_half_does_not_choose_its_own_weights() -> None:
    nats = np.stack([np.repeat([0.1, 3.0], 10), np.repeat([3.0, 0.1], 10)])
    mixed = mix_cross_fitted(nats, np.array([0, 10, 20]), [True, False])
    own = mix(nats[:, :10], np.array([0, 10]), fit(nats, np.array([0, 10, 20]), [True, False], np.array([0])))
    assert mixed[:10].mean() > own.mean()


def test_one_group_shares_evenly() -> None:
    np.testing.assert_allclose(group_prior([True, True], 0.9), [0.5, 0.5])
