"""The loss landscape as a picture. How it is surveyed lives in landscape.py."""

from __future__ import annotations

import io

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from aurl_core.losses.landscape import Landscape

_NUM_LINES = 24


def draw_landscape(landscape: Landscape, *, label: str = "loss") -> str:
    """An SVG of the surface by lines of equal loss, closer together near its lowest; same input, same text.

    Places where the loss is not a finite number stay empty.
    """
    loss_AB = np.ma.masked_invalid(landscape.loss_AB)
    lowest, highest = float(loss_AB.min()), float(loss_AB.max())
    levels = lowest + np.linspace(0, 1, _NUM_LINES) ** 2 * max(highest - lowest, 1e-9)
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "aurl", "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(5.4, 4.4), layout="constrained")
        axes = figure.subplots()
        surface = axes.contourf(landscape.steps_B, landscape.steps_A, loss_AB, levels=levels, cmap="viridis_r")
        axes.plot([0], [0], color="#c8553d", marker="o", markersize=5)
        axes.set(xlabel="second direction, filter norms", ylabel="first direction, filter norms")
        axes.locator_params(nbins=5)
        figure.colorbar(surface, label=label)
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
