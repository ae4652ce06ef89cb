import numpy as np
import pytest

from aurl_core.models.disentanglement import (
    dci,
    information,
    lasso,
    mutual_information_gap,
    separated_attribute_predictability,
)

RNG = np.random.default_rng(1)
FACTOR_NF = RNG.normal(size=(4000, 2))
NOISE_NZ = RNG.normal(size=(4000, 3))
SEPARATE_NZ = np.column_stack([FACTOR_NF[:, 0], 3 * FACTOR_NF[:, 1], NOISE_NZ])
"""One dimension knows each factor, three know nothing."""
ROTATED_NZ = np.column_stack([FACTOR_NF @ [1, 1], FACTOR_NF @ [1, -1], NOISE_NZ])
"""Two dimensions know as much of both factors."""


@pytest.mark.parametrize("gap", [mutual_information_gap, separated_attribute_predictability])
def test_gaps_are_wide_where_one_dimension_knows_a_factor_and_closed_where_two_do(gap):
    assert gap(SEPARATE_NZ, FACTOR_NF) > 0.9
    assert gap(ROTATED_NZ, FACTOR_NF) < 0.05


def test_dci_of_separate_and_of_rotated_dimensions():
    separate, rotated = dci(SEPARATE_NZ, FACTOR_NF), dci(ROTATED_NZ, FACTOR_NF)
    assert min(separate.disentanglement, separate.completeness, separate.informativeness) > 0.99
    assert rotated.disentanglement < 0.1
    assert rotated.completeness == pytest.approx(1 - np.log(2) / np.log(5), abs=0.02)
    assert rotated.informativeness > 0.99


def test_codes_of_noise_inform_of_nothing():
    found = dci(NOISE_NZ, FACTOR_NF, penalty=0.1)
    assert not found.importance_ZF.any()
    assert found.informativeness == pytest.approx(0, abs=0.01)


def test_information_of_a_copy_is_the_entropy():
    factor_NF = np.repeat([[0.0], [1.0], [2.0], [3.0]], 100, axis=0)
    information_ZF, entropy_F = information(np.hstack([factor_NF, np.tile(factor_NF[::100], (100, 1))]), factor_NF)
    assert entropy_F == pytest.approx([np.log(4)])
    assert information_ZF[:, 0] == pytest.approx([np.log(4), 0])


def test_a_lasso_of_uncorrelated_codes_shrinks_what_they_share():
    code_NZ = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    weight_ZF = lasso(code_NZ, code_NZ @ [[2.0], [0.1]], penalty=0.25)
    assert weight_ZF[:, 0] == pytest.approx([1.75, 0])
