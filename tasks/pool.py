"""`Pool`: the chunk pool of worker processes. What is done in the workers is nobody's business here.

Workers are spawned, so that nothing of this process leaks into them. A chunk whose worker hangs, dies or runs out of
memory is done again item by item, so that one file is to blame and the others are not lost.
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
from functools import partial
from multiprocessing import resource_tracker
from typing import Any, Final, Literal, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from aurl_core.chunks import Casualty
from aurl_core.errors import AurlError
from tasks.params import ClusterParams

T = TypeVar("T")
R = TypeVar("R")

_CHUNKS_AHEAD: Final = 3
"""Chunks a worker may be ahead of the one whose result is due: bounds memory when that one is slow."""
_BYTES_PER_MB: Final = 1 << 20


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
        size = chunk_size or self.params.chunk_size
        chunks = [list(items[start : start + size]) for start in range(0, len(items), size)]
        if not chunks:
            return
        workers = min(self.params.workers or _cores(), len(chunks))
        processes: Any = ProcessPool(
            max_workers=workers,
            context=multiprocessing.get_context("spawn"),
            initializer=_bound_memory,
            initargs=[self.params.worker_memory_mb],
        )
        schedule = partial(_scheduled, processes, function, timeout=self.params.chunk_timeout_seconds)
        try:
            yield from _results(schedule, chunks, ahead=workers * _CHUNKS_AHEAD)
            processes.close()
        except BrokenProcessPool as error:
            raise AurlError(
                "the worker processes ended before they could take any work: they need more memory than there is; "
                f"cluster.worker_memory_mb is {self.params.worker_memory_mb} (0 is no limit, 500 is enough for most "
                f"files) and cluster.workers is {self.params.workers} (0 is one a core)"
            ) from error
        finally:
            processes.stop()
            processes.join()


def _scheduled(processes: Any, function: Callable[..., Any], *, args: list[Any], timeout: float) -> ProcessFuture:
    """Schedule a chunk such that processes and threads which are started for it do not hear Ctrl-C: it is for this
    thread alone, which then ends them. Else each worker that is just being started would print a traceback."""
    resource_tracker.ensure_running()  # by the first worker otherwise, and it unblocks the signal
    heard = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        future: ProcessFuture = processes.schedule(function, args=args, timeout=timeout)
        return future
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, heard)


def _results(
    schedule: Callable[..., ProcessFuture], chunks: list[list[T]], *, ahead: int
) -> Iterator[Any | Casualty[T]]:
    """Schedule `ahead` chunks beyond the one waited for, and yield what becomes of each, in order."""
    waiting, running = deque(chunks), deque[tuple[list[T], ProcessFuture]]()
    while waiting or running:
        while waiting and len(running) <= ahead:
            chunk = waiting.popleft()
            running.append((chunk, schedule(args=[chunk])))
        chunk, future = running.popleft()
        reason = _outcome(future)
        if reason is None:
            yield future.result()
        elif len(chunk) == 1:
            yield Casualty(chunk[0], reason)
        else:
            running.extendleft([([item], schedule(args=[[item]])) for item in chunk][::-1])


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


def _bound_memory(megabytes: int) -> None:
    """Let this worker's address space grow to `megabytes` at most; 0 sets no bound."""
    if megabytes:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * _BYTES_PER_MB, hard))
