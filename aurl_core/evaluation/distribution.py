"""How one set of pieces compares with another, metric by metric. Metrics of single pieces are in musical.py.

Every comparison carries its floor: what the same figure is between two sets of *real* pieces, the validation split and
the test split, at the same number of pieces. A model cannot be asked to lie nearer to the test pieces than other real
pieces do. Undefined values (nan) are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_CONFIDENCE: Final = 95
_DENSITY_POINTS: Final = 200

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float
    num_pieces: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric of the generated pieces against the real test pieces."""

    generated: Interval
    real: Interval
    distance: float
    """`standardised_distance` of generated from test."""
    distance_floor: float
    """95th percentile of the distances of equally many validation pieces from test."""
    overlap: float
    """`overlap_area` of generated and test."""
    overlap_floor: float
    """Mean overlap of equally many validation pieces and test."""

    @property
    def is_within_floor(self) -> bool:
        """Could the generated pieces be taken for real ones by this metric alone?"""
        return self.distance <= self.distance_floor


def compare(
    generated: Values, test: Values, validation: Values, *, resamples: int, draws: int, random: np.random.Generator
) -> Comparison:
    """Compare the values (N,) of one metric; `random` makes the intervals and floors repeatable."""
    made, real, other = (values[np.isfinite(values)] for values in (generated, test, validation))
    floors = [
        _between(random.choice(other, len(made), replace=len(made) > len(other)), real)
        for _ in range(draws if len(made) and len(other) else 0)
    ]
    distances, overlaps = np.array(floors).reshape(-1, 2).T
    distance, overlap = _between(made, real)
    return Comparison(
        generated=bootstrap_interval(made, resamples=resamples, random=random),
        real=bootstrap_interval(real, resamples=resamples, random=random),
        distance=distance,
        distance_floor=float(np.percentile(distances, _CONFIDENCE)) if len(distances) else np.nan,
        overlap=overlap,
        overlap_floor=float(overlaps.mean()) if len(overlaps) else np.nan,
    )


def bootstrap_interval(values: Values, *, resamples: int, random: np.random.Generator) -> Interval:
    """The mean of `values` (N,) and the 2.5th and 97.5th percentiles of the means of N values drawn with replacement.

    The percentile bootstrap is somewhat narrow for very few pieces; nan without values. Efron and Tibshirani 1993, "An
    Introduction to the Bootstrap", section 13.3.
    """
    if not len(values):
        return Interval(np.nan, np.nan, np.nan, 0)
    means = random.choice(values, (resamples, len(values))).mean(axis=1)
    low, high = np.percentile(means, [(100 - _CONFIDENCE) / 2, (100 + _CONFIDENCE) / 2])
    return Interval(float(values.mean()), float(low), float(high), len(values))


def standardised_distance(values: Values, reference: Values) -> float:
    """Earth mover's distance (Wasserstein-1) in standard deviations of `reference`.

    The area between the two cumulative distributions. 0 for equal distributions; a shift by one deviation is 1. Where
    the reference does not vary, the deviation of both together stands in. nan if either is empty.

    >>> standardised_distance(np.array([3.0, 5.0]), np.array([1.0, 3.0]))
    2.0
    """
    if not len(values) or not len(reference):
        return np.nan
    points = np.sort(np.concatenate([values, reference]))
    steps = [np.searchsorted(np.sort(part), points[:-1], side="right") / len(part) for part in (values, reference)]
    area = float(np.sum(np.abs(steps[0] - steps[1]) * np.diff(points)))
    return area / (_spread(reference) or _spread(points) or 1.0)


def overlap_area(values: Values, reference: Values) -> float:
    """The area that the two density curves share: 1 for equal distributions, 0 for disjoint ones.

    Gaussian kernel densities, both smoothed by the bandwidth that Scott's rule gives the smaller set with the
    reference's deviation: one common bandwidth stays defined for a set of equal values. nan if either is empty. After
    Yang and Lerch 2020, "On the evaluation of generative models in music".
    """
    if not len(values) or not len(reference):
        return np.nan
    spread = _spread(reference) or _spread(np.concatenate([values, reference]))
    if not spread:
        return 1.0
    bandwidth = spread * min(len(values), len(reference)) ** -0.2
    low, high = np.concatenate([values, reference]).min(), np.concatenate([values, reference]).max()
    grid = np.linspace(low - 4 * bandwidth, high + 4 * bandwidth, _DENSITY_POINTS)
    shared = np.minimum(density(values, grid, bandwidth), density(reference, grid, bandwidth))
    return float(min(np.trapezoid(shared, grid), 1.0))


def density(values: Values, grid: Values, bandwidth: float) -> Values:
    """Gaussian kernel density of `values` (N,) at the points of `grid` (G,)."""
    distance = (grid[:, None] - values) / bandwidth
    return np.asarray(np.exp(-0.5 * distance**2).mean(axis=1) / (bandwidth * np.sqrt(2 * np.pi)))


def _between(values: Values, reference: Values) -> tuple[float, float]:
    return standardised_distance(values, reference), overlap_area(values, reference)


def _spread(values: Values) -> float:
    spread = float(values.std())
    return spread if spread > 1e-12 * max(float(np.abs(values).max()), 1.0) else 0.0
