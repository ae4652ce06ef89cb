"""A search from its beginning, or from where it was killed, to its last trial, in one process or in several."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing.connection import wait as wait_for_end

from optuna import Study
from optuna.trial import FrozenTrial

from aurl_core.experiments.search.objective import Objective
from aurl_core.experiments.search.study import StudyPlace, killed_trials, next_trial, num_left, run_trial

Listener = Callable[[FrozenTrial], None]
"""Takes each trial that has ended."""


def search(place: StudyPlace, objective: Objective, *, study: Study, tell: Listener) -> None:
    """Run the trials that are left, those that were killed first. The caller sees to it that nobody else does.

    In one process the same seed gives the same trials, and a search that was killed ends as if it had not been.
    """
    numbers = _upcoming(study, place)
    if place.params.parallel == 1:
        for number in numbers:
            tell(run_trial(study, number, objective))
    else:
        _side_by_side(place, objective, numbers, tell)


def _upcoming(study: Study, place: StudyPlace) -> Iterator[int]:
    """The trials to run; the values of each are chosen when it is asked for, given all that have ended by then."""
    yield from killed_trials(study)
    while num_left(study, place.params):
        yield next_trial(study, place.params)


def _side_by_side(place: StudyPlace, objective: Objective, numbers: Iterator[int], tell: Listener) -> None:
    """As many trials at a time as the settings say; this process chooses, the others try."""
    size = place.params.parallel
    running: set[Future[FrozenTrial]] = set()
    with _workers(size) as pool:
        while True:
            while len(running) < size and (number := next(numbers, None)) is not None:
                running.add(pool.submit(_run_elsewhere, place, number, objective))
            if not running:
                return
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for trial in ended:
                tell(trial.result())


@contextmanager
def _workers(size: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end with this one, and at once when the block is left by an error or an interrupt."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(size, mp_context=context, initializer=_end_with_parent) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise


def _run_elsewhere(place: StudyPlace, number: int, objective: Objective) -> FrozenTrial:
    return run_trial(place.open(), number, objective)


def _end_with_parent() -> None:
    """End this process as soon as the one that began it has ended, however that was."""
    parent = multiprocessing.parent_process()
    assert parent

    def watch() -> None:
        wait_for_end([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
