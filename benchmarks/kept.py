"""The ratios that docs/benchmarks.md keeps, and what a new measurement says of them. Nothing is measured here.

A ratio is a peer's cost over ours in one run, so higher is better and the machine matters little. What is kept is the
median of its rounds and a margin: the share by which it may fall before that is called a regression.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

PAGE: Final = Path("docs/benchmarks.md")
HEADING: Final = "## What is kept"
_ROW: Final = re.compile(r"^\| ([^|]+?) \| ([\d.]+) \| ([\d.]+) % \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Kept:
    """A row of the page."""

    ratio: float
    margin: float
    """Share of the ratio."""

    @property
    def floor(self) -> float:
        """Below this it has become worse."""
        return self.ratio * (1 - self.margin)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out beside what is kept."""

    name: str
    ratio: float
    """Median of the rounds."""
    interval: tuple[float, float]
    """95 %, by bootstrap, of that median."""
    kept: Kept

    @property
    def is_regression(self) -> bool:
        """Worse beyond noise: not even the upper end of the interval reaches the floor.

        >>> Verdict("x", 1.0, (0.9, 1.1), Kept(1.5, 0.2)).is_regression
        True
        """
        return self.interval[1] < self.kept.floor


def read_kept(page: str) -> dict[str, Kept]:
    """The rows below the heading `What is kept`, by name."""
    _, _, after = page.partition(f"{HEADING}\n")
    section = after.split("\n## ")[0]
    return {name: Kept(float(ratio), float(margin) / 100) for name, ratio, margin in _ROW.findall(section)}


def with_kept(page: str, medians: Mapping[str, float]) -> str:
    """The page with the ratios of `medians` in place of those it keeps; margins stay."""

    def renewed(row: re.Match[str]) -> str:
        name, _, margin = row.groups()
        return f"| {name} | {medians[name]:.2f} | {margin} % |" if name in medians else row[0]

    before, heading, after = page.partition(f"{HEADING}\n")
    section, *rest = re.split(r"(?=\n## )", after, maxsplit=1)
    return before + heading + _ROW.sub(renewed, section) + "".join(rest)


def verdict(name: str, rounds: Sequence[float], kept: Mapping[str, Kept]) -> Verdict:
    """What the ratios of some rounds say; SystemExit if the page keeps none of this name."""
    if name not in kept:
        raise SystemExit(f"{PAGE} keeps no {name!r} below {HEADING!r}, only {', '.join(kept)}; add its row there")
    return Verdict(name, median(rounds), interval(rounds), kept[name])


def interval(ratios: Sequence[float]) -> tuple[float, float]:
    """The 95 % bootstrap interval of the median."""
    draws = np.random.default_rng(0).choice(np.asarray(ratios), (10_000, len(ratios)))
    low, high = np.percentile(np.median(draws, axis=1), [2.5, 97.5])
    return float(low), float(high)
