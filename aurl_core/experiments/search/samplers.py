"""Which values come next and which trials are stopped: Optuna's samplers and pruners, as the settings name them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial

from aurl_core.experiments.params import HyperbandParams, MedianParams, PrunerParams, SamplerParams, TPEParams
from aurl_core.random_streams import stream

_SEEDS = 2**32


class NumberedSampler(BaseSampler):
    """Another sampler, seeded anew for each trial by its number.

    What a trial is to try is so a function of the seed, its number and the trials that are finished: a search that was
    killed and goes on tries what it would have tried.
    """

    def __init__(self, make: Callable[..., BaseSampler], *, seed: int) -> None:
        self._make = make
        self._seed = seed
        self._sampler = make(seed=seed)

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Seed the sampler for the trial that begins."""
        self._sampler = self._make(seed=int(stream(self._seed, "trial", trial.number).integers(_SEEDS)))

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """What is drawn together."""
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Values of what is drawn together."""
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """A value of what is drawn by itself."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)


def build_sampler(params: SamplerParams, *, seed: int) -> BaseSampler:
    """The sampler of a search. A grid is put in the queue when a study begins, so that nothing is left to draw."""
    if isinstance(params, TPEParams):
        return NumberedSampler(partial(TPESampler, n_startup_trials=params.startup_trials), seed=seed)
    return NumberedSampler(RandomSampler, seed=seed)


def build_pruner(params: PrunerParams, *, num_reports: int) -> BasePruner:
    """The pruner of a search whose trials report `num_reports` times."""
    if isinstance(params, MedianParams):
        return MedianPruner(n_startup_trials=params.startup_trials, n_warmup_steps=params.warmup_reports)
    if isinstance(params, HyperbandParams):
        return HyperbandPruner(max_resource=num_reports, reduction_factor=params.reduction_factor)
    return NopPruner()
