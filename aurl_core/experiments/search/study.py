"""A study on disk: begun once, gone on with by whoever opens it, its trials asked for, run and told.

Which trials run when, and in which processes, is said in coordinator.py.
"""

from __future__ import annotations

import json
import logging
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import optuna
from filelock import FileLock
from optuna import Study, Trial, TrialPruned
from optuna.exceptions import ExperimentalWarning
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from aurl_core.errors import SettingError
from aurl_core.experiments.params import GridParams, TuneParams
from aurl_core.experiments.search.objective import Objective
from aurl_core.experiments.search.samplers import build_pruner, build_sampler
from aurl_core.experiments.search.space import distributions, grid

STUDY_FILE: Final = "study.db"
FAILURE: Final = "failure"
"""The attribute of a trial that failed which says why."""
_SETUP, _NAME = "setup", "name"
_FREE: Final = {"name", "num_trials", "parallel"}
"""Settings that may change while a search goes on."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StudyPlace:
    """All that another process needs to take part in a search."""

    folder: Path
    params: TuneParams
    seed: int

    def open(self, setup: Mapping[str, Any] | None = None) -> Study:
        """The study, begun if there is none; then a grid is in its queue.

        SettingError if what is in the folder was begun with another `setup` (what trials depend on beside `params`),
        or if a grid is larger than the number of trials.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with _quiet_optuna(), FileLock(self.folder / ".lock"):
            study = optuna.create_study(
                storage=RDBStorage(f"sqlite:///{(self.folder / STUDY_FILE).resolve()}"),
                study_name=self.params.name,
                sampler=build_sampler(self.params.sampler, seed=self.seed),
                pruner=build_pruner(self.params.pruner, num_reports=self.params.num_reports),
                load_if_exists=True,
            )
            combinations = self._combinations()
            own = self.params.model_dump(mode="json", exclude=_FREE)
            written = json.dumps({"tune": own, "seed": self.seed, **(setup or {})}, sort_keys=True)
            if _SETUP not in study.user_attrs:
                for settings in combinations:
                    study.enqueue_trial(dict(settings))
                study.set_user_attr(_NAME, uuid4().hex)
                study.set_user_attr(_SETUP, written)
            elif setup is not None and study.user_attrs[_SETUP] != written:
                raise SettingError(
                    f"tune.name is {self.params.name!r}, and the search of that name in {self.folder} was begun with "
                    "other settings, another seed or another corpus, so its trials cannot be compared with new ones; "
                    "give this search another tune.name, or delete that folder"
                )
        return study

    def _combinations(self) -> list[dict[str, Any]]:
        sampler, most = self.params.sampler, self.params.num_trials
        if not isinstance(sampler, GridParams):
            return []
        found = grid(self.params.space, sampler.points)
        if len(found) > most:
            raise SettingError(
                f"tune.num_trials is {most}, and the grid has {len(found)} combinations; raise it to {len(found)}, or "
                "give tune.space fewer settings or tune.sampler fewer points"
            )
        return [dict(settings) for settings in found]


def name_of(study: Study) -> str:
    """A name that no other search has, before or after."""
    return str(study.user_attrs[_NAME])


def killed_trials(study: Study) -> list[int]:
    """Numbers of the trials that somebody was at who is gone; ask only while nobody else is at the study."""
    return [trial.number for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))]


def next_trial(study: Study, params: TuneParams) -> int:
    """The number of a trial that begins, its values chosen."""
    with _quiet_optuna():
        return study.ask(distributions(params.space)).number


def num_left(study: Study, params: TuneParams) -> int:
    """How many trials are still to begin."""
    trials = study.get_trials(deepcopy=False)
    waiting = sum(trial.state == TrialState.WAITING for trial in trials)
    most = waiting if isinstance(params.sampler, GridParams) else params.num_trials - len(trials) + waiting
    return max(0, most)


def run_trial(study: Study, number: int, objective: Objective) -> FrozenTrial:
    """Run a trial that has begun; how it ended.

    Whatever goes wrong in it is kept with it, and the search goes on; an interrupt leaves it as it was, to be gone on
    with.
    """
    frozen = study.get_trials(deepcopy=False)[number]
    with _quiet_optuna():
        trial = Trial(study, frozen._trial_id)
        told = set(frozen.intermediate_values)

        def report(value: float, step: int) -> None:
            if step not in told:
                trial.report(value, step)
            if trial.should_prune():
                raise TrialPruned

        try:
            value = objective(dict(trial.params), number=number, report=report)
        except TrialPruned:
            return study.tell(trial, state=TrialState.PRUNED)
        except Exception as error:
            return _failed(study, trial, f"{type(error).__name__}: {error}")
        if not math.isfinite(value):
            return _failed(study, trial, f"the figure at its end is {value}")
        return study.tell(trial, value)


def _failed(study: Study, trial: Trial, reason: str) -> FrozenTrial:
    _log.warning("trial %d failed. %s", trial.number, reason)
    trial.set_user_attr(FAILURE, reason)
    return study.tell(trial, state=TrialState.FAIL)


@contextmanager
def _quiet_optuna() -> Iterator[None]:
    """Without Optuna's lines about each trial, which the caller tells, and its remarks on what may change."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield
    optuna.logging.set_verbosity(before)
