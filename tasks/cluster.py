"""`Cluster`: the chunk pool of the Dask workers at `cluster.address`. What is done there is nobody's business here.

Each thread of a Dask worker hands its chunks to a process of its own, the same that pool.py runs here: so a file that
hangs, dies or takes too much memory costs that process and then itself, as it does locally, and never the Dask worker,
which passes bytes on and loads nothing of what they mean. A Dask worker that is lost (killed, switched off) loses its
chunks to others: Dask reschedules them.
"""

from __future__ import annotations

import logging
import multiprocessing
import pickle
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final, TypeVar

from distributed import Client
from distributed.client import FutureCancelledError
from distributed.comm.core import CommClosedError
from distributed.scheduler import KilledWorker

from aurl_core.chunks import Casualty
from aurl_core.code_hash import code_hash
from aurl_core.errors import AurlError
from tasks.params import ClusterParams
from tasks.pool import CHUNKS_AHEAD, Processes, chunks_of

T = TypeVar("T")
R = TypeVar("R")

_LOST_SECONDS: Final = 30.0
"""How long work waits for a worker when all are gone: a nanny brings one back in seconds."""
_POLL_SECONDS: Final = 2.0
_MARKS: Final = Path(".aurl/dask")
"""Where a file is put that every worker must see."""
_START_WORKERS: Final = (
    "dask worker %s --nthreads 1 --nworkers 2 --host 127.0.0.1 --no-dashboard --local-directory .aurl/dask"
)
_START_SCHEDULER: Final = "dask scheduler --host 127.0.0.1 --no-dashboard"


@dataclass(frozen=True, slots=True)
class Premises:
    """What a worker must have in common with whoever asks it to work."""

    folder: Path
    """The repository, absolute."""
    code: str
    """The hash of aurl_core and tasks."""
    mark: Path
    """A file that holds `token`."""
    token: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """A `ChunkPool` of Dask workers; each `map` has its own connection."""

    params: ClusterParams
    patience_seconds: float = 8.0
    """How long the scheduler, and then the first worker, is waited for."""

    def map(
        self, function: Callable[[list[T]], R], items: Sequence[T], *, chunk_size: int | None = None
    ) -> Iterator[R | Casualty[T]]:
        """See `ChunkPool.map`. Closing the iterator early, or an exception, ends the work at once.

        Raises AurlError if there is no scheduler, no worker, or a worker with other code or other files.
        """
        chunks = chunks_of(items, chunk_size or self.params.chunk_size)
        if not chunks:
            return
        with _premises() as premises, _connected(self.params.address, self.patience_seconds) as client:
            for worker, fault in client.run(_fault, premises, on_error="return").items():
                if fault:
                    raise AurlError(f"the Dask worker {worker} of {self.params.address} cannot be used: {fault}")
            try:
                do = partial(_do, function=_Packed(pickle.dumps(function)), params=self.params, premises=premises)
                for outcome in _results(client, do, chunks, self.params.address):
                    yield outcome if isinstance(outcome, Casualty) else pickle.loads(outcome)
            finally:
                client.run(_end_processes, premises, on_error="ignore")


@dataclass(frozen=True, slots=True)
class _Packed:
    """A function that is unpacked only where it is called, as is its result."""

    function: bytes

    def __call__(self, chunk: list[Any]) -> bytes:
        """Runs in a process of a Dask worker."""
        return pickle.dumps(pickle.loads(self.function)(chunk))


def _do(chunk: list[Any], *, function: _Packed, params: ClusterParams, premises: Premises) -> list[Any]:
    """Runs in a thread of a Dask worker: the packed results, or casualties, of a chunk."""
    if fault := _fault(premises):
        raise AurlError(f"a Dask worker of {params.address} cannot be used: {fault}")
    return list(_processes_of_thread(params, premises).results(function, [chunk]))


def _results(client: Any, do: Callable[..., Any], chunks: list[list[Any]], address: str) -> Iterator[Any]:
    """Keep every thread of the cluster busy and some chunks ahead, and yield what becomes of each, in order."""
    waiting, running = deque(chunks), deque[Any]()
    while waiting or running:
        ahead = sum(client.nthreads().values()) * CHUNKS_AHEAD
        while waiting and len(running) <= ahead:
            running.append(client.submit(do, waiting.popleft(), pure=False))
        yield from _awaited(client, running.popleft(), address)


def _awaited(client: Any, future: Any, address: str) -> list[Any]:
    """The result of a chunk; its exception, or AurlError if there is nobody left to do it."""
    last_seen = time.monotonic()
    while True:
        try:
            result: list[Any] = future.result(timeout=_POLL_SECONDS)
            return result
        except TimeoutError:
            if future.status == "error":
                raise
            now = time.monotonic()
            last_seen = now if client.nthreads() else last_seen
            if now - last_seen > _LOST_SECONDS:
                raise AurlError(_no_worker(address)) from None
        except KilledWorker as error:
            raise AurlError(
                f"Dask workers of {address} were lost one after the other, {error.last_worker} last, each while it had "
                "the same chunk; see their logs: a machine without memory is the usual cause (cluster.worker_memory_mb)"
            ) from error
        except (FutureCancelledError, CommClosedError) as error:
            raise AurlError(f"the Dask scheduler at {address} (cluster.address) is gone: start it again") from error


@contextmanager
def _connected(address: str, patience_seconds: float) -> Iterator[Any]:
    """A client of the scheduler, which has at least one worker."""
    logging.getLogger("distributed").setLevel(logging.ERROR)
    try:
        client = Client(address, timeout=patience_seconds, set_as_default=False)  # type: ignore[no-untyped-call]
    except OSError as error:
        raise AurlError(
            f"no Dask scheduler answers at {address} (cluster.address); start one with `{_START_SCHEDULER}`, or leave "
            "cluster.address empty to work on this machine alone"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=patience_seconds)
        except TimeoutError as error:
            raise AurlError(_no_worker(address)) from error
        yield client


def _no_worker(address: str) -> str:
    return f"the Dask scheduler at {address} has no worker; start some in the repository: `{_START_WORKERS % address}`"


@contextmanager
def _premises() -> Iterator[Premises]:
    """What this process has and every worker must have; the mark is there as long as the block."""
    _MARKS.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=_MARKS, prefix="mark-") as mark:
        token = secrets.token_hex()
        mark.write(token)
        mark.flush()
        yield Premises(Path.cwd(), code_hash("aurl_core", "tasks"), Path(mark.name).absolute(), token)


@lru_cache(maxsize=8)
def _fault(premises: Premises) -> str:
    """Runs in a Dask worker: why it cannot be used, empty if it can."""
    if code_hash("aurl_core", "tasks") != premises.code:
        return "its code is not ours; let it have the same version of the repository, and start it again"
    try:
        is_ours = premises.mark.read_text() == premises.token
    except OSError:
        is_ours = False
    return "" if is_ours else f"it does not see the files of {premises.folder}; share that folder, at the same path"


_lock: Final = threading.Lock()
_processes: Final[dict[int, tuple[Premises, Processes]]] = {}
"""In a Dask worker: what each of its threads works with, and for which `map`."""


def _processes_of_thread(params: ClusterParams, premises: Premises) -> Processes:
    """This thread's process, begun anew for each `map`."""
    thread = threading.get_ident()
    with _lock:
        begun_for, processes = _processes.get(thread, (None, None))
        if processes and begun_for == premises:
            return processes
        if processes:
            processes.end()
        # A nanny's worker is a daemon, and may have no processes of its own unless it says that it is none.
        multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
        processes = Processes(params, 1, premises.folder)
        _processes[thread] = premises, processes
        return processes


def _end_processes(premises: Premises) -> None:
    """Runs in a Dask worker: end what its threads worked with for one `map`."""
    with _lock:
        for thread in [thread for thread, (begun_for, _) in _processes.items() if begun_for == premises]:
            _processes.pop(thread)[1].end()
