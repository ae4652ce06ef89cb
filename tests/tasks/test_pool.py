import os
import signal
import time
from concurrent.futures import CancelledError
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from aurl_core.chunks import Casualty
from aurl_core.errors import AurlError
from tasks.params import ClusterParams
from tasks.pool import Pool, Processes

HANGING, DYING, GREEDY, SLOW = -1, -2, -3, -4


def doubled(items, *, hang_seconds=60.0):
    """Twice each item; negative items do to their worker what malformed files do."""
    if HANGING in items:
        time.sleep(hang_seconds)
    if DYING in items:
        os._exit(1)
    if GREEDY in items:
        raise MemoryError
    if SLOW in items:
        time.sleep(0.5)
    return [2 * item for item in items]


def refuse(items):
    raise ValueError(f"cannot do {items}")


def allocate(items):
    return [len(bytearray(size)) for size in items]


def pool_of(**settings):
    return Pool(ClusterParams(**{"workers": 2, "chunk_size": 2, "chunk_timeout_seconds": 30, **settings}))


def test_results_come_in_the_order_of_the_items():
    assert list(pool_of().map(doubled, [SLOW, 1, 2, 3, 4])) == [[-8, 2], [4, 6], [8]]


@pytest.mark.parametrize(("bad", "reason"), [(HANGING, "timeout"), (DYING, "worker_died"), (GREEDY, "memory")])
def test_a_bad_item_costs_only_itself(bad, reason):
    results = list(pool_of(chunk_timeout_seconds=1.5, chunk_size=3).map(doubled, [1, 2, bad, 3, 4]))
    assert results == [[2], [4], Casualty(bad, reason), [6, 8]]


def test_an_item_larger_than_the_workers_memory_is_a_casualty():
    results = list(pool_of(worker_memory_mb=2000).map(allocate, [10, 4 << 30]))
    assert results == [[10], Casualty(4 << 30, "memory")]


def test_workers_that_cannot_start_are_an_error_that_says_why():
    with pytest.raises(AurlError, match="worker_memory_mb is 1 "):
        list(pool_of(worker_memory_mb=1).map(doubled, [1]))


def test_an_exception_of_the_function_is_raised():
    with pytest.raises(ValueError, match="cannot do"):
        list(pool_of().map(refuse, [1]))


def hears_interrupts(items):
    return signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def test_ctrl_c_is_heard_by_the_caller_alone():
    assert list(pool_of().map(hears_interrupts, [1, 2, 3])) == [False, False]
    assert hears_interrupts([])


def test_no_items_need_no_worker():
    assert list(pool_of().map(refuse, [])) == []


def test_closing_early_ends_hanging_workers():
    results = pool_of(chunk_size=1).map(partial(doubled, hang_seconds=600), [1, HANGING])
    assert next(results) == [2]
    before = time.monotonic()
    results.close()
    assert time.monotonic() - before < 30


def test_whoever_waits_in_another_thread_is_told_when_the_processes_end():
    processes, outcome = Processes(ClusterParams(workers=1, chunk_size=1, chunk_timeout_seconds=600), 1, Path()), []

    def wait():
        with pytest.raises(CancelledError):
            list(processes.results(partial(doubled, hang_seconds=600), [[HANGING]]))
        outcome.append("told")

    waiting = Thread(target=wait)
    waiting.start()
    time.sleep(1)
    processes.end()
    waiting.join(20)
    assert outcome == ["told"]


def test_the_chunk_size_may_be_chosen_per_call():
    assert list(pool_of().map(doubled, [1, 2, 3], chunk_size=1)) == [[2], [4], [6]]
