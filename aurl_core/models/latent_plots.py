"""Pictures of ways through the space of latents, and of what its dimensions stand for: the same input, the same SVG."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

_MEAN, _SINGLE = "#1f6f8b", "#c9d3d8"
_PANE_INCHES: Final = (3.2, 2.8)
_STYLE: Final[dict[Any, Any]] = {"svg.hashsalt": "aurl", "axes.spines.top": False, "axes.spines.right": False}


def draw_interpolations(attributes: Mapping[str, Numbers]) -> str:
    """Each attribute (W, S) of W ways of S steps between two segments, and the mean of the ways."""
    num_steps = next(iter(attributes.values())).shape[1]
    return _ways(np.linspace(0, 1, num_steps), attributes, "share of the way from one segment to another")


def draw_traversals(values: Sequence[float], attributes: Mapping[str, Numbers]) -> str:
    """Each attribute (W, S) of W segments in which one dimension takes each value, and their mean."""
    return _ways(np.array(values), attributes, "value of the dimension")


def draw_attribute_vectors(shares: Sequence[float], attributes: Mapping[str, Numbers]) -> str:
    """Each attribute (W, S) of W segments moved along its vector by each share of its length, and their mean."""
    return _ways(np.array(shares), attributes, "share of the attribute's vector that is added")


def draw_importance(importance_ZF: Numbers, *, codes: Sequence[str], factors: Sequence[str], title: str = "") -> str:
    """How much each dimension (a row) has to do with each factor (a column)."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(2.2 + 0.6 * len(factors), 1.4 + 0.16 * len(codes)), layout="constrained")
        axes = figure.subplots()
        image = axes.imshow(importance_ZF, cmap="Blues", vmin=0, aspect="auto")
        axes.set_xticks(range(len(factors)), factors, rotation=30, ha="right")
        axes.set_yticks(range(len(codes)), codes, fontsize=7)
        axes.set_title(title, fontsize=10)
        figure.colorbar(image, ax=axes)
        return _svg(figure)


def _ways(place_S: Numbers, attributes: Mapping[str, Numbers], label: str) -> str:
    width, height = _PANE_INCHES
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width * len(attributes), height), layout="constrained")
        panes = figure.subplots(1, len(attributes), squeeze=False)[0]
        for axes, (name, value_WS) in zip(panes, attributes.items(), strict=True):
            axes.plot(place_S, value_WS.T, color=_SINGLE, linewidth=0.8)
            axes.plot(place_S, np.nanmean(value_WS, axis=0), color=_MEAN, marker="o", markersize=3)
            axes.set_title(name, fontsize=10)
        figure.supxlabel(label, fontsize=10)
        return _svg(figure)


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
