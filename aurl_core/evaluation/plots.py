"""The report's plots as SVG elements that take their colours from the page around them, light or dark.

matplotlib draws in stand-in colours, which are then exchanged for the page's CSS variables. Nothing here depends on the
clock: the same figures give the same bytes.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from aurl_core.evaluation.distribution import density

_INK, _MUTED, _GENERATED, _REAL = "#010101", "#020202", "#030303", "#040404"
_VARIABLES: Final = {_INK: "--ink", _MUTED: "--muted", _GENERATED: "--generated", _REAL: "--real"}
_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.edgecolor": _MUTED,
    "axes.labelcolor": _MUTED,
    "axes.linewidth": 0.6,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "text.color": _INK,
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
}
_GRID_POINTS: Final = 100

Values = NDArray[np.float64]


def distribution_plot(name: str, *, generated: Values, real: Values, unit: str, description: str) -> str:
    """The densities of a metric (N,) over generated and real pieces, each piece a tick below them."""
    made, held_out = generated[np.isfinite(generated)], real[np.isfinite(real)]
    figure, axes = _canvas(name, 3.3, 1.45)
    everything = np.concatenate([made, held_out])
    if len(everything):
        margin = 0.12 * (float(np.ptp(everything)) or 1.0)
        grid = np.linspace(everything.min() - margin, everything.max() + margin, _GRID_POINTS)
        for values, colour, height in ((held_out, _REAL, -0.16), (made, _GENERATED, -0.36)):
            _draw_density(axes, values, grid, colour)
            axes.plot(values, np.full(len(values), height), "|", color=colour, markersize=7, markeredgewidth=1.1)
        axes.set_xlim(grid[0], grid[-1])
    axes.set_ylim(-0.5, 1.08)
    axes.set_yticks([])
    axes.set_xlabel(unit)
    return _svg(figure, name, description)


def curve_plot(
    name: str, *, tokens: Sequence[float], likelihood: Sequence[float], baseline: float, unit: str, description: str
) -> str:
    """A model's validation likelihood over the tokens it has seen, and the bigram's as a dashed line."""
    figure, axes = _canvas(name, 6.4, 2.9)
    axes.spines["left"].set_visible(True)
    axes.axhline(baseline, color=_REAL, linewidth=1.3, linestyle=(0, (5, 3)))
    axes.plot(np.array(tokens) / 1e6, likelihood, "-o", color=_GENERATED, linewidth=1.8, markersize=3)
    axes.annotate(f"bigram {baseline:.2f}", (0, baseline), xytext=(4, 4), textcoords="offset points", color=_REAL)
    if len(likelihood):
        end = (tokens[-1] / 1e6, likelihood[-1])
        axes.annotate(
            f"{likelihood[-1]:.2f}", end, xytext=(0, -12), textcoords="offset points", color=_GENERATED, ha="right"
        )
    axes.set_xlim(left=0)
    axes.set_xlabel("million tokens seen")
    axes.set_ylabel(unit)
    axes.margins(y=0.2)
    return _svg(figure, name, description)


def _draw_density(axes: Axes, values: Values, grid: Values, colour: str) -> None:
    """A filled curve scaled to height 1; a set without spread is a thin spike."""
    if not len(values):
        return
    bandwidth = max(float(values.std()) * len(values) ** -0.2, float(np.ptp(grid)) / 80)
    curve = density(values, grid, bandwidth)
    axes.fill_between(grid, curve / curve.max(), color=colour, alpha=0.22, linewidth=0)
    axes.plot(grid, curve / curve.max(), color=colour, linewidth=1.4)


def _canvas(name: str, width: float, height: float) -> tuple[Figure, Axes]:
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(width, height), layout="constrained")
        return figure, figure.add_subplot()


def _svg(figure: Figure, name: str, description: str) -> str:
    """The figure as an <svg> element: ids made unique by `name`, colours by variables, size by the page."""
    buffer = io.StringIO()
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<(metadata|style).*?</\1>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"(\d\.\d\d)\d+", r"\1", svg)
    svg = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r' (width|height)="[\d.]+pt"', "", svg, count=2)
    for stand_in, variable in _VARIABLES.items():
        svg = svg.replace(stand_in, f"var({variable})")
    return svg.replace("<svg", f'<svg class="plot" role="img" aria-label="{description}"', 1).strip()
