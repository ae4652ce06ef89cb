"""The chunk pool of Dask workers: a real scheduler with two workers on this machine."""

import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from distributed import Client
from pydantic import ValidationError

from aurl_core.chunks import Casualty
from aurl_core.errors import AurlError
from tasks.cluster import Cluster
from tasks.params import ClusterParams, Params
from tasks.pool import pool_of
from tasks.processes import process_group

HANGING, DYING, GREEDY, SLOW = -1, -2, -3, -4
REPOSITORY = Path(__file__).parents[2]
pytestmark = pytest.mark.distributed


def doubled(items):
    """Twice each item; negative items do to their worker what malformed files do."""
    if HANGING in items:
        time.sleep(60)
    if DYING in items:
        os._exit(1)
    if GREEDY in items:
        raise MemoryError
    if SLOW in items:
        time.sleep(0.4)
    return [2 * item for item in items]


def refuse(items):
    raise ValueError(f"cannot do {items}")


@contextmanager
def dask(folder: Path, *command: str, root: Path = REPOSITORY) -> Iterator[psutil.Process]:
    """`dask <command>` with the code in `root` while the block runs; its output is in a file of `folder`."""
    script = Path(sys.executable).with_name("dask")
    with (
        (folder / f"{command[0]}.log").open("a") as log,
        process_group(
            [sys.executable, str(script), *command, "--host", "127.0.0.1", "--no-dashboard"],
            environment={"PYTHONPATH": str(root)},
            output=log,
        ) as running,
    ):
        try:
            yield psutil.Process(running.pid)
        finally:
            running.send_signal(signal.SIGINT)  # to it alone: workers that hear it too take eight seconds to end
            running.wait(10)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler without workers."""
    folder = tmp_path_factory.mktemp("scheduler")
    file = folder / "scheduler.json"
    with dask(folder, "scheduler", "--port", "0", "--scheduler-file", str(file)):
        while not (file.exists() and file.read_text().endswith("}")):
            time.sleep(0.05)
        yield json.loads(file.read_text())["address"]


@contextmanager
def workers(address: str, folder: Path, *, number: int = 1, root: Path = REPOSITORY) -> Iterator[psutil.Process]:
    """Dask workers of one thread each, as the README starts them."""
    options = ("--nthreads", "1", "--nworkers", str(number), "--local-directory", str(folder / "dask"))
    with dask(folder, "worker", address, *options, root=root) as running:
        yield running


@pytest.fixture(scope="module")
def two_workers(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[psutil.Process]:
    with workers(address, tmp_path_factory.mktemp("workers"), number=2) as running:
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
        yield running


def cluster(address: str, **settings: object) -> ClusterParams:
    return ClusterParams(**{"address": address, "workers": 2, "chunk_size": 2, "chunk_timeout_seconds": 30, **settings})


def test_a_cluster_without_workers_says_how_to_start_some(address: str):
    with pytest.raises(AurlError, match=rf"no worker; start some in the repository: `dask worker {address} "):
        list(Cluster(cluster(address), patience_seconds=0.5).map(doubled, [1]))


def test_no_scheduler_is_an_error_that_names_the_address_and_the_way_out():
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    with pytest.raises(AurlError, match=f"at {free} .*`dask scheduler --host 127.0.0.1"):
        list(Cluster(cluster(free), patience_seconds=0.5).map(doubled, [1]))


def test_a_worker_with_other_code_is_refused(address: str, tmp_path: Path):
    for name in ("aurl_core", "tasks"):
        shutil.copytree(name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tasks" / "extra.py").touch()
    with workers(address, tmp_path, root=tmp_path), pytest.raises(AurlError, match="its code is not ours"):
        list(Cluster(cluster(address), patience_seconds=60).map(doubled, [1]))


def test_results_come_in_the_order_of_the_items(address: str, two_workers: psutil.Process):
    assert list(pool_of(cluster(address)).map(doubled, [SLOW, 1, 2, 3, 4])) == [[-8, 2], [4, 6], [8]]


def test_a_bad_item_costs_only_itself(address: str, two_workers: psutil.Process):
    spread = cluster(address, chunk_timeout_seconds=4, chunk_size=3)
    results = list(pool_of(spread).map(doubled, [1, HANGING, 2, DYING, 3, GREEDY, 4]))
    lost = Casualty(HANGING, "timeout"), Casualty(DYING, "worker_died"), Casualty(GREEDY, "memory")
    assert results == [[2], lost[0], [4], lost[1], [6], lost[2], [8]]


def test_an_exception_of_the_function_is_raised(address: str, two_workers: psutil.Process):
    with pytest.raises(ValueError, match="cannot do"):
        list(pool_of(cluster(address)).map(refuse, [1]))


def test_a_lost_worker_loses_no_work(address: str, two_workers: psutil.Process):
    results = pool_of(cluster(address, chunk_size=1)).map(doubled, [SLOW] * 12)
    first = next(results)
    [worker, *_] = [child for child in two_workers.children() if "spawn_main" in " ".join(child.cmdline())]
    worker.kill()
    assert [first, *results] == [[2 * SLOW]] * 12


def test_closing_early_ends_hanging_work(address: str, two_workers: psutil.Process):
    results = pool_of(cluster(address, chunk_size=1)).map(doubled, [1, HANGING])
    assert next(results) == [2]
    before = time.monotonic()
    results.close()
    assert time.monotonic() - before < 20


def test_stages_make_the_same_bytes(
    address: str, two_workers: psutil.Process, tmp_path: Path, make_piece, params: Params
):
    from aurl_core.rendering.midi import write_midi

    source = tmp_path / "music"
    source.mkdir()
    for seed in range(6):
        (source / f"{seed}.mid").write_bytes(write_midi(make_piece(seed)))
    here = made_of(source, tmp_path / "here", params, cluster(""))
    there = made_of(source, tmp_path / "there", params, cluster(address))
    assert len(here) > 12
    assert here == there


def made_of(source: Path, folder: Path, params: Params, spread: ClusterParams) -> dict[str, bytes]:
    """The files that the data stages make, by path. They are imported here: workers import this module, too."""
    from aurl_core.parsing.params import IngestParams
    from tasks.ingest import ingest
    from tasks.parse import parse
    from tasks.quantize import quantize
    from tasks.shard import shard
    from tasks.stage import Paths

    found, paths = IngestParams(source=str(source)), Paths(data=folder / "data", store=folder / "store")
    ingest(found, paths, cluster=spread)
    parse(params.parse, paths, ingest=found, cluster=spread)
    quantize(params.quantize, paths, cluster=spread)
    shard(params.shard, paths, cluster=spread)
    return {str(file.relative_to(folder)): file.read_bytes() for file in paths.data.rglob("*.*")}


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "tcp://127.0.0.1", "http://127.0.0.1:8786"])
def test_an_address_that_is_none_is_refused(address: str):
    with pytest.raises(ValidationError, match="address"):
        cluster(address)
