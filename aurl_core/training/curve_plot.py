"""The learning curve as a picture. Where its points come from stands in callbacks/curve.py."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aurl_core.training.callbacks.curve import Point
from aurl_core.training.figures import Likelihood

REAL_QUALITY: Final = 0.95
"""The `sample_quality` of real music: what it is told by (`aurl_core.evaluation.quality`) is made so."""
_LEARNT, _HELD_OUT, _BASELINE = "#8a8f98", "#1f6f8b", "#c8553d"


def draw_curve(points: Sequence[Point], bigram: Likelihood, stages: Sequence[tuple[str, int]] = ()) -> str:
    """An SVG of nats/token and bits/note over tokens seen, the bigram model's as a line, and if there were samples of
    their quality; same input, same text.

    Where a stage ends, by its name and the tokens seen, the next one is marked.
    """
    tokens = [point["tokens"] / 1e6 for point in points]
    learnt = [point["train_nats_per_token"] for point in points]
    nats = [point["validation_nats_per_token"] for point in points]
    bits = [point["validation_bits_per_note"] for point in points]
    panels = (("nats per token", nats, bigram.nats_per_token), ("bits per note", bits, bigram.bits_per_note))
    sampled = [(point["tokens"] / 1e6, point["sample_quality"]) for point in points if "sample_quality" in point]
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "aurl", "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(13 if sampled else 9, 3.6), layout="constrained")
        panes = figure.subplots(1, 3 if sampled else 2)
        for axes, (label, values, baseline) in zip(panes, panels, strict=False):
            axes.plot(tokens, values, color=_HELD_OUT, marker="o", markersize=3, label="validation")
            axes.axhline(baseline, color=_BASELINE, linestyle="--", label=f"bigram {baseline:.2f}")
            axes.set(xlabel="million tokens seen", ylabel=label)
        panes[0].plot(tokens, learnt, color=_LEARNT, label="training, while learning")
        if sampled:
            panes[2].plot(*zip(*sampled, strict=True), color=_HELD_OUT, marker="o", markersize=3, label="samples")
            panes[2].axhline(REAL_QUALITY, color=_BASELINE, linestyle="--", label=f"real music, about {REAL_QUALITY}")
            panes[2].set(xlabel="million tokens seen", ylabel="sample quality")
        for axes in panes:
            axes.set_ylim(bottom=0)
            _mark(axes, stages)
            axes.legend(frameon=False)
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def _mark(axes: Axes, stages: Sequence[tuple[str, int]]) -> None:
    """Where each stage but the first begins, and the names of all."""
    begins = [0.0, *(end / 1e6 for _, end in stages)]
    if stages:
        axes.set_xlim(left=0)
    for number, (name, _) in enumerate(stages):
        if number:
            axes.axvline(begins[number], color=_LEARNT, linewidth=0.8)
        axes.annotate(name, (begins[number], 0), xytext=(3, 3), textcoords="offset points", fontsize="small")
