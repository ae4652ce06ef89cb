"""What each component of the losses was while training, as a picture. It is recorded by objective.py."""

from __future__ import annotations

import io
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from aurl_core.losses.history import LossHistory

_RAW, _MEAN = "#c9ced6", "#1f6f8b"
_COLUMNS: Final = 3
_MOST_POINTS: Final = 400
"""Points of a line; longer histories are drawn as means of stretches."""


def draw_losses(history: LossHistory) -> str:
    """An SVG of a panel a component: its values by step, their mean over about a twentieth of the run, and what the
    stability analysis says of it; same input, same text."""
    names, stability = list(history.values), history.stability()
    rows = -(-len(names) // _COLUMNS)
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "aurl", "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(9, 2.3 * rows), layout="constrained")
        panes = figure.subplots(rows, min(_COLUMNS, len(names)), squeeze=False).ravel()
        for axes, name in zip(panes, names, strict=False):
            _draw(axes, np.array(history.steps[name]), np.array(history.values[name]))
            axes.set_title(f"{name}: {stability[name].verdict}", fontsize=9)
        for axes in panes[len(names) :]:
            axes.set_axis_off()
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def _draw(axes: Axes, steps: NDArray[np.int64], values: NDArray[np.float64]) -> None:
    stretch = max(1, len(values) // _MOST_POINTS)
    kept = len(values) // stretch * stretch
    shown, means = (one[:kept].reshape(-1, stretch).mean(1) for one in (steps.astype(np.float64), values))
    width = max(1, len(means) // 20)
    smooth = np.convolve(means, np.ones(width) / width, mode="valid")
    axes.plot(shown, means, color=_RAW, linewidth=0.8)
    axes.plot(shown[width // 2 :][: len(smooth)], smooth, color=_MEAN)
    axes.set_xlabel("step", fontsize=8)
    axes.tick_params(labelsize=8)
