"""What a search has found so far, read off its study: its trials, the best of them, and which settings matter."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Self

from optuna import Study
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState

from aurl_core.experiments.params import TuneParams
from aurl_core.experiments.search.space import Settings
from aurl_core.experiments.search.study import FAILURE

Outcome = Literal["finished", "stopped", "failed", "running"]
LEAST_FINISHED: Final = 4
"""Finished trials below which nothing is said of what matters."""
_OUTCOMES: Final[Mapping[TrialState, Outcome]] = {
    TrialState.COMPLETE: "finished",
    TrialState.PRUNED: "stopped",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "running",
}


@dataclass(frozen=True, slots=True)
class Result:
    """One trial."""

    number: int
    outcome: Outcome
    settings: Settings
    curve: tuple[tuple[int, float], ...]
    """(report, figure), in order."""
    value: float
    """The figure at its end, or where it was stopped; nan if it has none."""
    reason: str
    """Why it failed."""

    @classmethod
    def of(cls, trial: FrozenTrial) -> Self:
        """A trial as Optuna keeps it."""
        value = math.nan if trial.values is None else trial.values[0]
        curve = tuple(sorted(trial.intermediate_values.items()))
        reason = str(trial.user_attrs.get(FAILURE, ""))
        return cls(trial.number, _OUTCOMES[trial.state], dict(trial.params), curve, value, reason)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search came to."""

    params: TuneParams
    results: tuple[Result, ...]
    importances: Mapping[str, float]
    """Share of the variance among finished trials that each setting, by itself, explains (functional ANOVA, Hutter et
    al. 2014), the largest first; empty while fewer than `LEAST_FINISHED` have finished."""

    @classmethod
    def of(cls, study: Study, params: TuneParams) -> Self:
        """The study as it stands."""
        trials = [trial for trial in study.get_trials() if trial.state != TrialState.WAITING]
        return cls(params, tuple(map(Result.of, trials)), _importances(study))

    @property
    def finished(self) -> tuple[Result, ...]:
        """The trials that came to their end."""
        return tuple(result for result in self.results if result.outcome == "finished")

    @property
    def best(self) -> Result | None:
        """The finished trial of the least figure."""
        return min(self.finished, key=lambda result: result.value, default=None)

    def count(self, outcome: Outcome) -> int:
        """How many trials ended so."""
        return sum(result.outcome == outcome for result in self.results)

    @property
    def share_trained(self) -> float:
        """Of all tokens that the trials would have learned from without a pruner, the share that they did."""
        reports = [min(len(one.curve), self.params.num_reports) for one in self.results if one.outcome != "failed"]
        return sum(reports) / max(1, len(reports) * self.params.num_reports)


def overrides_of(settings: Settings) -> list[str]:
    """Settings as `aurl params use` and `dvc exp run` take them.

    >>> overrides_of({"train.optimizer.learning_rate": 0.004, "model.feedforward": "gelu"})
    ['-S', 'train.optimizer.learning_rate=0.004', '-S', 'model.feedforward=gelu']
    """
    words = []
    for name, value in settings.items():
        words += ["-S", f"{name}={str(value).lower() if isinstance(value, bool) else value}"]
    return words


def command_of(command: Sequence[str], settings: Settings) -> str:
    """A command with settings, as it is typed."""
    return shlex.join([*command, *overrides_of(settings)])


def _importances(study: Study) -> dict[str, float]:
    values = {trial.value for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))}
    if len(values) < LEAST_FINISHED:
        return {}
    found = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))
    return {name: float(share) for name, share in found.items()}
