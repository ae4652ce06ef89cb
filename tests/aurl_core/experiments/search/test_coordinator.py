"""Searches over objectives that take no time: the same seed gives the same trials, killed or not."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from optuna.trial import FrozenTrial, TrialState

from aurl_core.experiments.params import Dimension, GridParams, MedianParams, NoPrunerParams, RandomParams, TuneParams
from aurl_core.experiments.search.coordinator import search
from aurl_core.experiments.search.objective import Objective, Report, Valley
from aurl_core.experiments.search.space import Settings
from aurl_core.experiments.search.study import FAILURE, StudyPlace

SPACE = (
    Dimension(setting="model.dropout", low=0.0, high=1.0),
    Dimension(setting="train.optimizer.learning_rate", low=0.001, high=1.0, log=True),
)
VALLEY = Valley(bottom=0.3)


def settings_of(**changes: object) -> TuneParams:
    return TuneParams(**{"space": SPACE, "num_trials": 12, "pruner": NoPrunerParams()} | changes)


def searched(folder: Path, objective: Objective = VALLEY, *, seed: int = 5, **changes: object) -> list[FrozenTrial]:
    """All trials of a search, after it has been run in `folder`."""
    place = StudyPlace(folder, settings_of(**changes), seed)
    study = place.open({})
    search(place, objective, study=study, tell=lambda trial: None)
    return study.get_trials()


def tried(trials: list[FrozenTrial]) -> list[dict[str, object]]:
    return [trial.params for trial in trials]


@dataclass
class KilledAt:
    """A valley in which the search is killed once, in the middle of one trial."""

    number: int
    is_over: bool = False

    def __call__(self, settings: Settings, *, number: int, report: Report) -> float:
        report(9.0, 1)
        if number == self.number and not self.is_over:
            self.is_over = True
            raise KeyboardInterrupt
        return VALLEY(settings, number=number, report=lambda value, step: None)


@dataclass
class Broken:
    """An objective that some settings break."""

    worst: float

    def __call__(self, settings: Settings, *, number: int, report: Report) -> float:
        if float(settings["model.dropout"]) > self.worst:
            raise ValueError("too much of it")
        return float("nan") if number == 1 else 1.0


@pytest.mark.parametrize("sampler", [RandomParams(), GridParams(points=3), {"kind": "tpe", "startup_trials": 4}])
def test_a_killed_search_tries_what_it_would_have_tried(tmp_path: Path, sampler) -> None:
    whole = searched(tmp_path / "whole", sampler=sampler)
    killed = KilledAt(5)

    with pytest.raises(KeyboardInterrupt):
        searched(tmp_path / "killed", killed, sampler=sampler)
    resumed = searched(tmp_path / "killed", killed, sampler=sampler)

    assert tried(resumed) == tried(whole)
    assert [trial.value for trial in resumed] == [trial.value for trial in whole]
    assert len({str(params) for params in tried(whole)}) == len(whole) == (9 if sampler == GridParams(points=3) else 12)


def test_another_seed_tries_other_values(tmp_path: Path) -> None:
    assert tried(searched(tmp_path / "a", seed=1)) != tried(searched(tmp_path / "b", seed=2))


def test_tpe_comes_nearer_than_chance(tmp_path: Path) -> None:
    def best(name: str, sampler: object) -> float:
        trials = searched(tmp_path / name, sampler=sampler, num_trials=30)
        return min(trial.value or 0.0 for trial in trials)

    assert best("tpe", {"kind": "tpe", "startup_trials": 8}) < best("random", {"kind": "random"})


def test_more_trials_go_on_from_those_there_are(tmp_path: Path) -> None:
    few = searched(tmp_path, num_trials=4)
    more = searched(tmp_path, num_trials=6)

    assert tried(more)[:4] == tried(few)
    assert len(more) == 6


@pytest.mark.parametrize("pruner", [MedianParams(startup_trials=2, warmup_reports=0), {"kind": "hyperband"}])
def test_trials_that_do_badly_are_stopped(tmp_path: Path, pruner) -> None:
    trials = searched(tmp_path, num_trials=20, pruner=pruner, num_reports=3)
    states = [trial.state for trial in trials]

    assert TrialState.PRUNED in states
    assert min(trials, key=lambda trial: trial.value or 0.0).state == TrialState.COMPLETE


def test_what_fails_is_kept_with_its_reason_and_the_search_goes_on(tmp_path: Path) -> None:
    trials = searched(tmp_path, Broken(worst=0.6), sampler=RandomParams())
    reasons = {trial.user_attrs[FAILURE] for trial in trials if trial.state == TrialState.FAIL}

    assert reasons == {"ValueError: too much of it", "the figure at its end is nan"}
    assert TrialState.COMPLETE in [trial.state for trial in trials]


def test_two_processes_try_what_one_tries(tmp_path: Path) -> None:
    alone = searched(tmp_path / "alone", sampler=RandomParams(), num_trials=4)
    together = searched(tmp_path / "together", sampler=RandomParams(), num_trials=4, parallel=2)

    assert tried(together) == tried(alone)
    assert [trial.value for trial in together] == [trial.value for trial in alone]
