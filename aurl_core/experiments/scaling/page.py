"""The page about a ladder of trainings: one file that needs nothing beside it, and the same figures as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from aurl_core.experiments.charts import Axis, Chart
from aurl_core.experiments.params import ScalingParams
from aurl_core.experiments.scaling.law import Foretold, Law, Rung
from aurl_core.figure import figure
from aurl_core.files import write_whole

PAGE_FILE: Final = "index.html"
FIGURES_FILE: Final = "ladder.json"
_WIDE, _TALL = 1040.0, 380.0
_POINTS: Final = 60
_COLOURS: Final = 4
"""Kinds of lines that the page knows."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """What a ladder came to."""

    params: ScalingParams
    rungs: tuple[Rung, ...]
    top: Rung
    """The rung that was foretold, trained."""
    law: Law
    said: Foretold

    @property
    def is_held(self) -> bool:
        """Does what came lie in the interval?"""
        return self.said.holds(self.top.loss)

    @property
    def sizes(self) -> list[int]:
        """Numbers of parameters in the ladder, rising."""
        return sorted({rung.num_parameters for rung in self.rungs})


def write_page(ladder: Ladder, folder: Path) -> None:
    """Write index.html and ladder.json into `folder`."""
    rooms = FileSystemLoader([Path(__file__).parent, Path(__file__).parents[1]])
    environment = Environment(loader=rooms, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {"figure": figure, "count": lambda number: f"{number:,}"}
    content = {"ladder": ladder, "plot": Markup(ladder_plot(ladder))}
    write_whole(folder / PAGE_FILE, environment.get_template("page.html").render(content))
    figures: dict[str, Any] = {name: asdict(getattr(ladder, name)) for name in ("law", "said", "top")}
    figures |= {"rungs": [asdict(rung) for rung in ladder.rungs], "is_held": ladder.is_held}
    write_whole(folder / FIGURES_FILE, json.dumps(figures, indent=2) + "\n")


def ladder_plot(ladder: Ladder) -> str:
    """Each size's trainings over their tokens, the curve through them, and what was foretold beside what came."""
    every = [*ladder.rungs, ladder.top]
    losses = [*(rung.loss for rung in every), ladder.said.low, ladder.said.high]
    tokens = [float(rung.num_tokens) for rung in every]
    chart = Chart(
        Axis.around(tokens, is_log=True), Axis.around(losses), "tokens seen", "nats/token of validation", _WIDE, _TALL
    )
    return chart.drawn(_parts(ladder, chart, tokens), description="Loss by tokens seen, a line a size")


def _parts(ladder: Ladder, chart: Chart, tokens: Sequence[float]) -> Iterator[str]:
    along = np.geomspace(min(tokens), max(tokens), _POINTS).tolist()
    sizes = [*ladder.sizes, ladder.top.num_parameters]
    for number, size in enumerate(sizes):
        kind = "next" if size == ladder.top.num_parameters else f"size-{number % _COLOURS}"
        line = [(x, y) for x in along if chart.y.low <= (y := ladder.law(size, x)) <= chart.y.high]
        yield chart.line(line, kind=f"law {kind}", title=f"{size:,} parameters")
        for rung in ladder.rungs:
            if rung.num_parameters == size:
                title = f"{size:,} parameters, {rung.num_tokens:,} tokens: {figure(rung.loss)} nats/token"
                yield chart.point(rung.num_tokens, rung.loss, kind=kind, title=title, radius=5)
    top, said = ladder.top, ladder.said
    yield chart.bar(top.num_tokens, said.low, said.high, kind="interval")
    yield chart.point(top.num_tokens, said.loss, kind="foretold", title=f"foretold {figure(said.loss)}", radius=5)
    yield chart.point(top.num_tokens, top.loss, kind="next", title=f"came {figure(top.loss)}", radius=6)
