"""Points, lines and axes as SVG elements that take their colours from the page around them, drawn without a library.

What is drawn on them is said by each page's plots.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 14.0, 28.0, 34.0
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_TICKS: Final = 6
_MARGIN: Final = 0.06
"""Of an axis beyond the outermost values, at either end."""
_DECADES: Final = {True: (1.0, 3.0), False: (1.0, 2.0, 5.0)}
"""Ticks in a decade, if the axis spans many decades or few."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of values, in which either differences or factors are evenly spaced."""

    low: float
    high: float
    is_log: bool = False

    @classmethod
    def around(cls, values: Iterable[float], *, is_log: bool = False) -> Axis:
        """The axis on which the finite values have some room."""
        known = [value for value in values if math.isfinite(value)] or [1.0]
        low, high = min(known), max(known)
        if is_log:
            room = max((math.log(high) - math.log(low)) * _MARGIN, 0.01)
            return cls(low * math.exp(-room), high * math.exp(room), is_log=True)
        room = (high - low) * _MARGIN or abs(high) * _MARGIN or 1.0
        return cls(low - room, high + room)

    def share(self, value: float) -> float:
        """Where on the axis a value lies, from 0 to 1."""
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Round values along the axis.

        >>> Axis(0.0, 1.1).ticks(), Axis(0.001, 0.02, is_log=True).ticks()
        ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.001, 0.002, 0.005, 0.01, 0.02])
        """
        if self.is_log:
            first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            marks = _DECADES[last - first > 3]
            found = [float(f"{mark}e{power}") for power in range(first, last + 1) for mark in marks]
            inside = [value for value in found if self.low * 0.999 <= value <= self.high * 1.001]
            return inside if len(inside) > 1 else [float(f"{self.low:.2g}"), float(f"{self.high:.2g}")]
        rough = (self.high - self.low) / _MOST_TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * mark for mark in _STEPS if power * mark >= rough)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [float(f"{number * step:.10g}") for number in range(first, last + 1)]


@dataclass(frozen=True, slots=True)
class Chart:
    """A rectangle with two axes; each method gives elements, `drawn` the whole."""

    x: Axis
    y: Axis
    x_label: str
    y_label: str
    width: float = 320.0
    height: float = 200.0

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point lies, in SVG units."""
        across, up = self.x.share(x), self.y.share(y)
        return (
            _LEFT + across * (self.width - _LEFT - _RIGHT),
            self.height - _BOTTOM - up * (self.height - _TOP - _BOTTOM),
        )

    def point(self, x: float, y: float, *, kind: str, title: str, radius: float = 4.0) -> str:
        """A point that says `title` when it is pointed at."""
        left, top = self.at(x, y)
        place = f'cx="{left:.1f}" cy="{top:.1f}" r="{radius}"'
        return f'<circle class="{kind}" {place}><title>{escape(title)}</title></circle>'

    def line(self, points: Sequence[tuple[float, float]], *, kind: str, title: str = "") -> str:
        """A line through points."""
        places = " ".join(f"{left:.1f},{top:.1f}" for left, top in (self.at(*point) for point in points))
        said = f"<title>{escape(title)}</title>" if title else ""
        return f'<polyline class="{kind}" points="{places}">{said}</polyline>'

    def area(self, lower: Sequence[tuple[float, float]], upper: Sequence[tuple[float, float]], *, kind: str) -> str:
        """What lies between two lines."""
        places = " ".join(f"{left:.1f},{top:.1f}" for left, top in (self.at(*one) for one in [*lower, *upper[::-1]]))
        return f'<polygon class="{kind}" points="{places}"/>'

    def bar(self, x: float, low: float, high: float, *, kind: str) -> str:
        """An upright interval."""
        (left, bottom), (_, top) = self.at(x, low), self.at(x, high)
        return f'<path class="{kind}" d="M{left:.1f} {bottom:.1f}V{top:.1f}"/>'

    def drawn(self, parts: Iterable[str], *, description: str, x_ticks: Mapping[float, str] | None = None) -> str:
        """The chart as an SVG element; `x_ticks` are words in place of the numbers below."""
        floor, end = self.height - _BOTTOM, self.width - _RIGHT
        pieces = [f'<path class="axis" d="M{_LEFT} {floor}H{end}"/>']
        for tick in self.y.ticks():
            top = self.at(self.x.low, tick)[1]
            pieces.append(f'<path class="rule" d="M{_LEFT} {top:.1f}H{end}"/>')
            pieces.append(text(_LEFT - 6, top + 4, tick_text(tick), "end"))
        below = x_ticks if x_ticks is not None else {tick: tick_text(tick) for tick in self.x.ticks()}
        for tick, words in below.items():
            pieces.append(text(self.at(tick, self.y.low)[0], floor + 15, words, "middle"))
        pieces.append(text(_LEFT + (end - _LEFT) / 2, self.height - 3, self.x_label, "middle", kind="name"))
        pieces.append(text(0, 9, self.y_label, "start", kind="name") if self.y_label else "")
        return svg("".join([*pieces, *parts]), self.width, self.height, description)


def tick_text(value: float) -> str:
    """A tick's number, short.

    >>> tick_text(0.001), tick_text(250000.0), tick_text(3.0), tick_text(3e6)
    ('0.001', '250k', '3', '3M')
    """
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}"


def text(x: float, y: float, words: str, anchor: str, *, kind: str = "") -> str:
    """Some words at a place."""
    style = f' class="{kind}"' if kind else ""
    return f'<text{style} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def svg(content: str, width: float, height: float, description: str) -> str:
    """The element around drawn parts."""
    return (
        f'<svg class="plot" role="img" aria-label="{escape(description)}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">{content}</svg>'
    )
