"""`Pool`: the chunk pool of worker processes; `pool_of` picks it or the Dask workers of cluster.py from the settings.

What is done in the workers is nobody's business here. Workers are spawned, so that nothing of this process leaks into
them. A chunk whose worker hangs, dies or runs out of memory is done again item by item, so that one file is to blame
and the others are not lost.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import TimeoutError as ChunkTimeout
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any, Final, Literal, TypeVar
from weakref import WeakSet

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from aurl_core.chunks import Casualty, ChunkPool
from aurl_core.errors import AurlError
from tasks.params import ClusterParams

T = TypeVar("T")
R = TypeVar("R")

CHUNKS_AHEAD: Final = 3
"""Chunks a worker may be ahead of the one whose result is due: bounds memory when that one is slow."""
_BYTES_PER_MB: Final = 1 << 20


def pool_of(params: ClusterParams) -> ChunkPool:
    """The pool that the settings ask for: processes of this machine, or the Dask workers at `cluster.address`."""
    if not params.address:
        return Pool(params)
    from tasks.cluster import Cluster

    return Cluster(params)


@dataclass(frozen=True, slots=True)
class Pool:
    """A `ChunkPool` of processes as the cluster section describes it; each `map` has its own processes."""

    params: ClusterParams

    def map(
        self, function: Callable[[list[T]], R], items: Sequence[T], *, chunk_size: int | None = None
    ) -> Iterator[R | Casualty[T]]:
        """See `ChunkPool.map`. Closing the iterator early, or an exception, ends the workers at once.

        Raises AurlError if workers cannot even start.
        """
        chunks = chunks_of(items, chunk_size or self.params.chunk_size)
        if not chunks:
            return
        processes = Processes(self.params, min(self.params.workers or _cores(), len(chunks)), Path.cwd())
        try:
            yield from processes.results(function, chunks)
        finally:
            processes.end()


def chunks_of(items: Sequence[T], size: int) -> list[list[T]]:
    """Consecutive items, `size` at a time."""
    return [list(items[start : start + size]) for start in range(0, len(items), size)]


class Processes:
    """Worker processes in `folder`, bounded in memory, and in time for each chunk."""

    def __init__(self, params: ClusterParams, number: int, folder: Path) -> None:
        self._params, self._number = params, number
        self._pool: Any = ProcessPool(
            max_workers=number,
            context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=[folder, params.worker_memory_mb],
        )
        self._scheduled = WeakSet[ProcessFuture]()

    def results(self, function: Callable[[list[T]], R], chunks: list[list[T]]) -> Iterator[R | Casualty[T]]:
        """What becomes of each chunk, in order; a chunk that costs its worker is done item by item."""

        def schedule(chunk: list[T]) -> ProcessFuture:
            future = _scheduled(self._pool, function, chunk, timeout=self._params.chunk_timeout_seconds)
            self._scheduled.add(future)
            return future

        try:
            yield from _results(schedule, chunks, ahead=self._number * CHUNKS_AHEAD)
        except BrokenProcessPool as error:
            raise AurlError(
                "the worker processes ended before they could take any work: they need more memory than there is; "
                f"cluster.worker_memory_mb is {self._params.worker_memory_mb} (0 is no limit, 500 is enough for most "
                f"files) and cluster.workers is {self._params.workers} (0 is one a core)"
            ) from error

    def end(self) -> None:
        """End the processes, whatever they are doing, and the wait of whoever waits for them in another thread."""
        for future in list(self._scheduled):
            future.cancel()  # type: ignore[no-untyped-call]
        self._pool.stop()
        self._pool.join()


def _scheduled(processes: Any, function: Callable[..., Any], chunk: list[Any], *, timeout: float) -> ProcessFuture:
    """Schedule a chunk such that processes and threads which are started for it do not hear Ctrl-C: it is for this
    thread alone, which then ends them. Else each worker that is just being started would print a traceback."""
    resource_tracker.ensure_running()  # by the first worker otherwise, and it unblocks the signal
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        future: ProcessFuture = processes.schedule(function, args=[chunk], timeout=timeout)
        return future
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)


def _results(
    schedule: Callable[[list[T]], ProcessFuture], chunks: list[list[T]], *, ahead: int
) -> Iterator[Any | Casualty[T]]:
    """Schedule `ahead` chunks beyond the one waited for, and yield what becomes of each, in order."""
    waiting, running = deque(chunks), deque[tuple[list[T], ProcessFuture]]()
    while waiting or running:
        while waiting and len(running) <= ahead:
            chunk = waiting.popleft()
            running.append((chunk, schedule(chunk)))
        chunk, future = running.popleft()
        reason = _outcome(future)
        if reason is None:
            yield future.result()
        elif len(chunk) == 1:
            yield Casualty(chunk[0], reason)
        else:
            running.extendleft([([item], schedule([item])) for item in chunk][::-1])


def _outcome(future: ProcessFuture) -> Literal["timeout", "memory", "worker_died"] | None:
    """Wait for a chunk: None if it has a result, else what it did to its worker; other exceptions are raised."""
    try:
        future.result()
    except ChunkTimeout:
        return "timeout"
    except ProcessExpired:
        return "worker_died"
    except MemoryError:
        return "memory"
    return None


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(folder: Path, megabytes: int) -> None:
    """Work in `folder`, and let this worker's address space grow to `megabytes` at most; 0 sets no bound."""
    os.chdir(folder)
    if megabytes:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * _BYTES_PER_MB, hard))
