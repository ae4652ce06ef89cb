"""How far each dimension of latents stands for one factor of what was encoded, and each factor in one dimension.

Shapes: N segments, Z dimensions of the codes, F factors, K bins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_NUM_BINS: Final = 20
_LASSO_ROUNDS: Final = 200
_TINY: Final = 1e-12


def mutual_information_gap(code_NZ: Numbers, factor_NF: Numbers) -> float:
    """mean over factors of (I(best code; factor) - I(second best; factor)) / H(factor): 1 if one dimension alone knows
    each factor, 0 if two know as much (Chen et al. 2018, arXiv:1802.04942)."""
    information_ZF, entropy_F = information(code_NZ, factor_NF)
    ascending_ZF = np.sort(information_ZF, axis=0)
    gap_F = (ascending_ZF[-1] - ascending_ZF[-2]) / np.maximum(entropy_F, _TINY)
    return float(gap_F.mean())


def separated_attribute_predictability(code_NZ: Numbers, factor_NF: Numbers) -> float:
    """mean over factors of the gap between the two highest R² of a line from one dimension to the factor (SAP: Kumar et
    al. 2018, arXiv:1711.00848)."""
    ascending_ZF = np.sort(_correlation(code_NZ, factor_NF) ** 2, axis=0)
    return float((ascending_ZF[-1] - ascending_ZF[-2]).mean())


@dataclass(frozen=True, slots=True)
class DCI:
    """Eastwood and Williams 2018, "A framework for the quantitative evaluation of disentangled representations"."""

    disentanglement: float
    """1 if each dimension matters to one factor alone, 0 if to all alike; dimensions weigh by how much they matter."""
    completeness: float
    """1 if one dimension alone matters to each factor, 0 if all do alike."""
    informativeness: float
    """R² of the factors as told by all dimensions; mean over factors, on the half that was not learned from."""
    importance_ZF: Numbers
    """Weight of each dimension in a sparse linear prediction of each factor, all in standard deviations."""


def dci(code_NZ: Numbers, factor_NF: Numbers, *, penalty: float = 0.02) -> DCI:
    """The three figures by lasso (the paper's linear choice), learned on every other segment; `penalty` is the weight
    of |w| beside half the mean squared error, both in standard deviations."""
    code_NZ, factor_NF = _standardized(code_NZ), _standardized(factor_NF)
    weight_ZF = lasso(code_NZ[::2], factor_NF[::2], penalty=penalty)
    importance_ZF = np.abs(weight_ZF)
    by_code_Z = importance_ZF.sum(1) / max(importance_ZF.sum(), _TINY)
    missed_F = ((code_NZ[1::2] @ weight_ZF - factor_NF[1::2]) ** 2).mean(0)
    spread_F = factor_NF[1::2].var(0)
    return DCI(
        disentanglement=float((by_code_Z * (1 - _entropy_share(importance_ZF))).sum()),
        completeness=float((1 - _entropy_share(importance_ZF.T)).mean()),
        informativeness=float((1 - missed_F / np.maximum(spread_F, _TINY)).mean()),
        importance_ZF=importance_ZF,
    )


def lasso(code_NZ: Numbers, factor_NF: Numbers, *, penalty: float) -> Numbers:
    """(Z, F) the w that minimise ½ mean (code w - factor)² + penalty |w|, by coordinate descent (Friedman et al. 2010,
    "Regularization paths for generalized linear models via coordinate descent")."""
    num_rows, num_codes = code_NZ.shape
    gram_ZZ, target_ZF = code_NZ.T @ code_NZ / num_rows, code_NZ.T @ factor_NF / num_rows
    weight_ZF: Numbers = np.zeros(target_ZF.shape)
    for _ in range(_LASSO_ROUNDS):
        for code in range(num_codes):
            rest_F = target_ZF[code] - gram_ZZ[code] @ weight_ZF + gram_ZZ[code, code] * weight_ZF[code]
            shrunk_F = np.sign(rest_F) * np.maximum(np.abs(rest_F) - penalty, 0)
            weight_ZF[code] = shrunk_F / max(gram_ZZ[code, code], _TINY)
    return weight_ZF


def information(code_NZ: Numbers, factor_NF: Numbers) -> tuple[Numbers, Numbers]:
    """Mutual information (Z, F) of each dimension and factor, and the entropy (F,) of each factor, in nats, by
    histograms: as many bins as there are values, at most 20, each with as many segments."""
    codes = [_binned(column) for column in code_NZ.T]
    factors = [_binned(column) for column in factor_NF.T]
    entropy_F = np.array([_entropy(np.bincount(factor)) for factor in factors])
    shared = [[_shared(code, factor) for factor in factors] for code in codes]
    return np.array(shared), entropy_F


def _shared(code_N: NDArray[np.int64], factor_N: NDArray[np.int64]) -> float:
    """I(code; factor) = H(code) + H(factor) - H(both)."""
    both_N = code_N * (factor_N.max() + 1) + factor_N
    return _entropy(np.bincount(code_N)) + _entropy(np.bincount(factor_N)) - _entropy(np.bincount(both_N))


def _binned(value_N: Numbers) -> NDArray[np.int64]:
    bounds = np.unique(np.quantile(value_N, np.linspace(0, 1, _NUM_BINS + 1)[1:-1], method="inverted_cdf"))
    return np.searchsorted(bounds, value_N, side="left").astype(np.int64)


def _entropy(count_K: NDArray[np.int64]) -> float:
    share_K = count_K[count_K > 0] / count_K.sum()
    return float(-(share_K * np.log(share_K)).sum())


def _entropy_share(importance_RK: Numbers) -> Numbers:
    """(R,) the entropy of each row as a share of the largest there can be; 1 where nothing matters."""
    total_R1 = importance_RK.sum(1, keepdims=True)
    num_kinds = importance_RK.shape[1]
    share_RK = np.where(total_R1 > _TINY, importance_RK / np.maximum(total_R1, _TINY), 1 / num_kinds)
    entropy_R: Numbers = -(share_RK * np.log(np.maximum(share_RK, _TINY))).sum(1)
    most: float = np.log(max(num_kinds, 2))
    return entropy_R / most


def _standardized(value_NK: Numbers) -> Numbers:
    standardized_NK: Numbers = (value_NK - value_NK.mean(0)) / np.maximum(value_NK.std(0), _TINY)
    return standardized_NK


def _correlation(code_NZ: Numbers, factor_NF: Numbers) -> Numbers:
    correlation_ZF: Numbers = _standardized(code_NZ).T @ _standardized(factor_NF) / len(code_NZ)
    return correlation_ZF
