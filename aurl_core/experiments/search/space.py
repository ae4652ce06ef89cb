"""What is tried, as Optuna says it: a distribution for each setting, and the combinations of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution

from aurl_core.experiments.params import Dimension, Value

Settings = dict[str, Value]
"""What a trial sets: dotted settings and their values."""


def distributions(space: Sequence[Dimension]) -> dict[str, BaseDistribution]:
    """What each setting is drawn from."""
    return {dimension.setting: _distribution(dimension) for dimension in space}


def grid(space: Sequence[Dimension], points: int) -> list[Settings]:
    """Every combination of at most `points` values of each range and all choices, the last setting moving first.

    >>> x, y = Dimension(setting="model.x", low=1, high=9), Dimension(setting="train.y", choices=["a", "b"])
    >>> [tuple(settings.values()) for settings in grid([x, y], 2)]
    [(1, 'a'), (1, 'b'), (9, 'a'), (9, 'b')]
    """
    names = [dimension.setting for dimension in space]
    values = [_values(dimension, points) for dimension in space]
    return [dict(zip(names, combination, strict=True)) for combination in product(*values)]


def _distribution(dimension: Dimension) -> BaseDistribution:
    if dimension.choices:
        return CategoricalDistribution(dimension.choices)
    low, high = dimension.ends
    if isinstance(low, int) and isinstance(high, int):
        return IntDistribution(low, high, log=dimension.log)
    return FloatDistribution(float(low), float(high), log=dimension.log)


def _values(dimension: Dimension, points: int) -> list[Value]:
    if dimension.choices:
        return list(dimension.choices)
    low, high = map(float, dimension.ends)
    spaced = (np.geomspace if dimension.log else np.linspace)(low, high, points)
    spaced[0], spaced[-1] = low, high
    if all(isinstance(end, int) for end in dimension.ends):
        return sorted({round(value) for value in spaced.tolist()})
    return [float(value) for value in spaced]
