"""The pictures of a search's page. How points and axes are drawn is said in charts.py.

Everything of one trial has the class `trial-<number>`, by which the page shows it in all pictures at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from aurl_core.experiments.charts import Axis, Chart, svg, text, tick_text
from aurl_core.experiments.params import Dimension
from aurl_core.experiments.search.results import Found, Result
from aurl_core.figure import figure

_WIDE, _TALL = 1040.0, 300.0
_CROWDED = 1.6
"""Figures beyond so many times the distance from the best to the median are drawn at the edge."""


def history_plot(found: Found, *, unit: str) -> str:
    """Each trial's figure in order, and a line at the best so far."""
    shown = _with_value(found)
    axis = _figure_axis(found)
    chart = Chart(Axis(-0.6, max(len(found.results), 2) - 0.4), axis, "trial", unit, _WIDE, _TALL)
    best, steps = math.inf, list[tuple[float, float]]()
    for result in found.finished:
        if result.value < best:
            steps += [(result.number, best)] if steps else []
            best = _within(axis, result.value)
            steps.append((result.number, best))
    last = max((result.number for result in found.results), default=0)
    line = [chart.line([*steps, (last, best)], kind="best-line")] if steps else []
    points = [_point(chart, one.number, one, found, unit) for one in shown]
    return chart.drawn([*line, *points], description="Each trial's figure, and the best so far")


def curves_plot(found: Found, *, unit: str) -> str:
    """Every trial's figures along its training."""
    axis = Axis.around(value for one in found.results for _, value in one.curve)
    chart = Chart(Axis(0.8, max(found.params.num_reports, 2) + 0.2), axis, "report", unit, _WIDE, _TALL)
    ordered = sorted(found.results, key=lambda one: one is found.best)
    parts = []
    for one in ordered:
        points = [(float(step), value) for step, value in one.curve if math.isfinite(value)]
        if points:
            kind = _kind(one, found)
            parts.append(chart.line(points, kind=f"curve {kind}", title=_title(one, unit)))
            parts.append(chart.point(*points[-1], kind=kind, title=_title(one, unit), radius=3))
    return chart.drawn(parts, description="Figures of all trials along their trainings")


def slice_plot(found: Found, dimension: Dimension, *, unit: str) -> str:
    """The trials' figures by one setting."""
    shown = [one for one in _with_value(found) if dimension.setting in one.settings]
    axis = _figure_axis(found)
    if dimension.choices:
        return _choices_plot(found, dimension, shown, axis, unit)
    low, high = (float(end) for end in dimension.ends)
    chart = Chart(Axis.around([low, high], is_log=dimension.log), axis, "", unit)
    parts = [_point(chart, float(one.settings[dimension.setting]), one, found, unit) for one in shown]
    return chart.drawn(parts, description=f"Figures by {dimension.setting}")


def importance_plot(found: Found) -> str:
    """A bar for each setting: how much of the differences it explains by itself."""
    shares = dict(found.importances)
    row, left = 30.0, 330.0
    largest = max(shares.values(), default=0.0) or 1.0
    parts = []
    for place, (name, share) in enumerate(shares.items()):
        top, width = place * row, (_WIDE - left - 70) * share / largest
        parts.append(text(left - 12, top + 18, name, "end", kind="strong"))
        parts.append(f'<rect class="bar" x="{left}" y="{top + 5:.1f}" width="{max(width, 1):.1f}" height="16" rx="2"/>')
        parts.append(text(left + width + 8, top + 18, f"{share:.0%}", "start"))
    return svg("".join(parts), _WIDE, max(len(shares), 1) * row, "How much each setting matters")


def parallel_plot(found: Found, *, unit: str) -> str:
    """A line for each trial through all its settings to its figure."""
    dimensions, figures = found.params.space, _figure_axis(found)
    gap = (_WIDE - 160) / len(dimensions)
    lefts = [80 + number * gap for number in range(len(dimensions) + 1)]
    top, floor = 34.0, _TALL
    scales = [_scale(dimension) for dimension in dimensions]
    parts, words = list[str](), list[str]()
    names = [*(dimension.setting.split(".")[-1].replace("_", " ") for dimension in dimensions), unit]
    for place, (left, name, (axis, labels)) in enumerate(
        zip(lefts, names, [*scales, (figures, {figures.low: "", figures.high: ""})], strict=True)
    ):
        anchor = "start" if place == 0 else "end" if place == len(dimensions) else "middle"
        at = left - 70 if place == 0 else left + 70 if place == len(dimensions) else left
        parts.append(f'<path class="axis" d="M{left:.1f} {top}V{floor}"/>')
        words.append(text(at, 14, name, anchor, kind="strong"))
        marks = {value: tick_text(value) for value in axis.ticks()} if place == len(dimensions) else labels
        side, shift = ("start", 8) if place == len(dimensions) else ("end", -8)
        for value, mark in marks.items():
            words.append(text(left + shift, floor - axis.share(value) * (floor - top) + 4, mark, side))
    for one in sorted(_with_value(found), key=lambda one: -one.value):
        shares = [_share(dimension, scale[0], one) for dimension, scale in zip(dimensions, scales, strict=True)]
        shares.append(figures.share(_within(figures, one.value)))
        places = " ".join(f"{x:.1f},{floor - y * (floor - top):.1f}" for x, y in zip(lefts, shares, strict=True))
        said = f"<title>{_title(one, unit)}</title>"
        parts.append(f'<polyline class="curve {_kind(one, found)}" points="{places}">{said}</polyline>')
    return svg("".join([*parts, *words]), _WIDE, floor + 8, "Each trial's settings and figure as a line")


def _choices_plot(found: Found, dimension: Dimension, shown: Sequence[Result], axis: Axis, unit: str) -> str:
    names = [str(choice) for choice in dimension.choices]
    chart = Chart(Axis(-0.5, len(names) - 0.5), axis, "", unit)
    parts = [_point(chart, names.index(str(one.settings[dimension.setting])), one, found, unit) for one in shown]
    return chart.drawn(parts, description=f"Figures by {dimension.setting}", x_ticks=dict(enumerate(names)))


def _point(chart: Chart, x: float, result: Result, found: Found, unit: str) -> str:
    """A trial's figure at its end."""
    y = _within(chart.y, result.value)
    return chart.point(x, y, kind=_kind(result, found), title=_title(result, unit))


def _scale(dimension: Dimension) -> tuple[Axis, dict[float, str]]:
    """A setting's axis, and what is written at it."""
    if dimension.choices:
        axis = Axis(-0.3, len(dimension.choices) - 0.7)
        return axis, {float(place): str(choice) for place, choice in enumerate(dimension.choices)}
    low, high = (float(end) for end in dimension.ends)
    axis = Axis.around([low, high], is_log=dimension.log)
    return axis, {value: tick_text(value) for value in axis.ticks()}


def _share(dimension: Dimension, axis: Axis, result: Result) -> float:
    value = result.settings[dimension.setting]
    place = dimension.choices.index(value) if dimension.choices else value
    return axis.share(float(place))


def _with_value(found: Found) -> list[Result]:
    """Trials that have a figure and the settings of this space."""
    return [one for one in found.results if math.isfinite(one.value)]


def _figure_axis(found: Found) -> Axis:
    """An axis for figures on which those near the best can be told apart; what is far worse lies at its edge."""
    values = sorted(one.value for one in found.finished) or sorted(one.value for one in _with_value(found))
    if not values:
        return Axis(0.0, 1.0)
    typical = values[len(values) // 2] - values[0]
    return Axis.around([values[0], min(values[-1], values[0] + 2 * _CROWDED * typical) if typical else values[-1]])


def _within(axis: Axis, value: float) -> float:
    return min(max(value, axis.low), axis.high)


def _kind(result: Result, found: Found) -> str:
    """The classes of what is drawn of a trial."""
    best = " best" if result is found.best else ""
    return f"trial trial-{result.number} {result.outcome}{best}"


def _title(result: Result, unit: str) -> str:
    return f"trial {result.number}, {result.outcome}: {figure(result.value)} {unit}"
