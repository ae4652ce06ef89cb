"""What a search makes small: the seam between it and what is tried. Trainings are put in its place by `tasks`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from aurl_core.experiments.search.space import Settings

Report = Callable[[float, int], None]
"""Takes how good a trial is so far, and the number of the report, from 1. It raises `optuna.TrialPruned` when the trial
is not worth going on with, which an objective lets pass."""


class Objective(Protocol):
    """One trial. To be run in other processes it has to survive pickling."""

    def __call__(self, settings: Settings, *, number: int, report: Report) -> float:
        """How good the settings are: the smaller, the better. The trial of a number that was killed is begun again
        with the same settings, and may go on where it was."""
        ...


@dataclass(frozen=True, slots=True)
class Valley:
    """An objective that takes no time: squared distances from `bottom`, told a little better each time."""

    bottom: float
    num_reports: int = 3

    def __call__(self, settings: Settings, *, number: int, report: Report) -> float:
        depth = sum((float(value) - self.bottom) ** 2 for value in settings.values())
        for step in range(1, self.num_reports + 1):
            report(depth + self.num_reports - step, step)
        return depth
