"""The page about a search: one file that needs nothing beside it, and the same figures as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from aurl_core.experiments.search.plots import (
    curves_plot,
    history_plot,
    importance_plot,
    parallel_plot,
    slice_plot,
)
from aurl_core.experiments.search.results import LEAST_FINISHED, Found, command_of
from aurl_core.figure import figure
from aurl_core.files import write_whole

PAGE_FILE: Final = "index.html"
FIGURES_FILE: Final = "found.json"
_UNITS: Final = {
    "validation_bits_per_note": "bits/note of validation",
    "validation_nats_per_token": "nats/token of validation",
}
_OUTCOMES: Final = ("finished", "stopped", "failed", "running")


def write_page(found: Found, folder: Path, *, now: Mapping[str, Any]) -> None:
    """Write index.html and found.json into `folder`; `now` is what each setting is in params.yaml."""
    rooms = FileSystemLoader([Path(__file__).parent, Path(__file__).parents[1]])
    environment = Environment(loader=rooms, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {"figure": figure, "value": _value_text}
    content = _content(found, now)
    write_whole(folder / PAGE_FILE, environment.get_template("page.html").render(content))
    write_whole(folder / FIGURES_FILE, json.dumps(_figures(found), indent=2) + "\n")


def _content(found: Found, now: Mapping[str, Any]) -> dict[str, Any]:
    unit, best = _UNITS[found.params.metric], found.best
    space = found.params.space
    return {
        "found": found,
        "params": found.params,
        "best": best,
        "unit": unit,
        "counts": {outcome: found.count(outcome) for outcome in _OUTCOMES},
        "now": now,
        "commands": _commands(found),
        "least_finished": LEAST_FINISHED,
        "history": Markup(history_plot(found, unit=unit)),
        "curves": Markup(curves_plot(found, unit=unit)),
        "importance": Markup(importance_plot(found)) if found.importances else None,
        "parallel": Markup(parallel_plot(found, unit=unit)),
        "slices": [(one.setting, Markup(slice_plot(found, one, unit=unit))) for one in space],
        "ranked": sorted(found.results, key=lambda one: (one.outcome != "finished", _last(one.value), one.number)),
    }  # fmt: skip


def _commands(found: Found) -> list[tuple[str, str]]:
    if found.best is None:
        return []
    settings = found.best.settings
    return [
        ("make them the settings of the pipeline", command_of(["aurl", "params", "use", "base"], settings)),
        ("train with them as an experiment of DVC", command_of(["dvc", "exp", "run", "train"], settings)),
    ]


def _figures(found: Found) -> dict[str, Any]:
    """What other programs may want to read; what is not a number is null."""
    return {
        "metric": found.params.metric,
        "best": found.best.number if found.best else None,
        "importances": dict(found.importances),
        "trials": [
            {
                "number": one.number,
                "outcome": one.outcome,
                "value": one.value if math.isfinite(one.value) else None,
                "settings": one.settings,
                "curve": [[step, value if math.isfinite(value) else None] for step, value in one.curve],
                "reason": one.reason,
            }
            for one in found.results
        ],
    }


def _value_text(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _last(value: float) -> float:
    return value if math.isfinite(value) else math.inf
