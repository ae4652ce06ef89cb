"""`tune`: a search among settings, each trial a short training. It is no stage: nothing is made of what it finds.

What is tried and how the page looks is in aurl_core/experiments; settings that were found are used by a person, with
the command that the page shows.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aurl_core.errors import AurlError
from aurl_core.experiments.params import TuneParams
from aurl_core.experiments.search.coordinator import search
from aurl_core.experiments.search.objective import Report
from aurl_core.experiments.search.page import write_page
from aurl_core.experiments.search.results import Found, Outcome, Result
from aurl_core.experiments.search.space import Settings
from aurl_core.experiments.search.study import StudyPlace, name_of
from tasks.locks import PATIENCE_SECONDS, stage_lock
from tasks.params import Params
from tasks.profiles import with_settings
from tasks.progress import progress
from tasks.settings import flatten
from tasks.trainings import Trainings, corpus_hash
from tasks.trial_runs import TrialRun, trial_run

ENDED: Final[tuple[Outcome, ...]] = ("finished", "stopped", "failed")
log = logging.getLogger(__name__)


class FruitlessError(AurlError):
    """No trial of a search came to its end."""


@dataclass(frozen=True, slots=True)
class TrainingTrial:
    """The objective of a search: what a short training comes to."""

    trainings: Trainings
    params: TuneParams

    def __call__(self, settings: Settings, *, number: int, report: Report) -> float:
        budget, metric = self.params.budget_tokens, self.params.metric

        def metrics(figures: dict[str, float], tokens_seen: int) -> None:
            if metric in figures:
                report(figures[metric], round(tokens_seen / budget * self.params.num_reports))

        figures = self.trainings.run(
            trial_name(number), budget_of(self.params) | settings, shown=dict(settings), metrics=metrics
        )
        return figures[metric]


def tune(params: Params, *, root: Path, patience_seconds: float = PATIENCE_SECONDS) -> Found:
    """Run the trials of the `tune` section that are left, and write reports/tune/index.html after each.

    BusyError if a search runs already, SettingError if the space cannot be used or belongs to another search of that
    name, FruitlessError if no trial came to its end.
    """
    wanted, folder = params.tune, (root / params.paths.searches / params.tune.name).resolve()
    check_space(params)
    with stage_lock("tune", patience_seconds=patience_seconds):
        place = StudyPlace(folder, wanted, params.seed)
        study = place.open(setup_of(params))
        run = TrialRun(params.tracking, root, f"tune:{name_of(study)}", f"search {wanted.name}")
        with trial_run(run, flatten(wanted.model_dump(mode="json"))), progress("tune") as sink:
            objective = TrainingTrial(Trainings(params, root, folder, run.key, run.run_id), wanted)

            def tell(ended: Result) -> None:
                log.info("%s", _said(ended, wanted))
                shutil.rmtree(folder / trial_name(ended.number), ignore_errors=True)
                found = Found.of(study, wanted)
                _show(params, found)
                sink(sum(map(found.count, ENDED)), max(wanted.num_trials, len(found.results)))

            search(place, objective, study=study, tell=lambda trial: tell(Result.of(trial)))
            found = Found.of(study, wanted)
            run.keep(_show(params, found))
            if found.best is None:
                raise FruitlessError(_fruitless(found))
            run.add({f"best_{wanted.metric}": found.best.value}, found.best.number)
    return found


def check_space(params: Params) -> None:
    """SettingError if what the search varies is no setting, or cannot be what its ends or choices are."""
    for dimension in params.tune.space:
        for value in dimension.ends:
            with_settings(params, {dimension.setting: value}, f"tune.space with {dimension.setting}={value}")


def budget_of(params: TuneParams) -> Settings:
    """What every trial of a search has in place of the settings of a whole training."""
    return {
        "train.budget_tokens": params.budget_tokens,
        "train.validate_every_tokens": -(-params.budget_tokens // params.num_reports),
        "train.num_samples": 0,
        "train.landscape_points": 0,
    }


def setup_of(params: Params) -> dict[str, Any]:
    """What the trials of a search depend on beside the `tune` section; MissingError if there is no corpus."""
    varied = {dimension.setting for dimension in params.tune.space} | set(budget_of(params.tune))
    leaves = flatten(params.model_dump(mode="json", include={"seed", "train", "model", "augment"}))
    fixed = {name: value for name, value in leaves.items() if name not in varied}
    return fixed | {"corpus": corpus_hash(params)}


def trial_name(number: int) -> str:
    """What a trial is called, in MLflow and on disk."""
    return f"trial-{number:03d}"


def _show(params: Params, found: Found) -> Path:
    """Write the page; its folder."""
    folder = params.paths.reports / "tune"
    write_page(found, folder, now=flatten(params.model_dump(mode="json")))
    return folder


def _said(result: Result, params: TuneParams) -> str:
    settings = ", ".join(f"{name} {value}" for name, value in result.settings.items())
    after = f" after {len(result.curve)} of {params.num_reports} reports" if result.outcome == "stopped" else ""
    return f"trial {result.number} {result.outcome}{after}: {params.metric} {result.value:.4g} with {settings}"


def _fruitless(found: Found) -> str:
    reasons = {result.reason for result in found.results if result.reason}
    return (
        f"none of the {len(found.results)} trials of the search {found.params.name!r} came to its end"
        + (f": {'; '.join(sorted(reasons)[:3])}" if reasons else "")
        + ". Change tune.space to what can be trained and give the search another tune.name"
    )
