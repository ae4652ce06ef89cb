"""A training in several processes, as a person starts it: by the stage, or by a torchrun on each of two nodes."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from aurl_core.models.weights import load_model
from aurl_core.training.distributed.params import StrategyParams
from tasks.launch import FRESH_STORE, needs_launch
from tasks.params import load_params
from tasks.profiles import use_profile
from tasks.runner import call_stage, load_stage

SOURCES = Path(__file__).parents[2]
SETTINGS = (
    "paths.data=.",
    "tracking.is_enabled=false",
    "model.dropout=0",
    "train.precision=fp32",
    "train.accelerator=cpu",
    "train.num_threads=1",
    "train.num_samples=0",
    "train.landscape_points=0",
    "train.averaging={kind: none}",
)
ADDRESSES = {"a": "10.77.0.1", "b": "10.77.0.2"}
TORCHRUN = "-m torch.distributed.run --nnodes 2 --nproc-per-node 1 --rdzv-backend c10d --rdzv-id bach"


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(SOURCES), **more}


@pytest.fixture
def by_one(repository, small_corpus) -> dict:
    """What a single process comes to with the settings of these tests."""
    use_profile("test", SETTINGS)
    params = load_params()
    elsewhere = params.paths.model_copy(update={"data": Path("one"), "checkpoints": Path("one/state")})
    shutil.copytree(small_corpus, repository / "one" / "corpus")
    report = call_stage(load_stage("train"), params.model_copy(update={"paths": elsewhere}))
    return report.model_dump()


@contextmanager
def two_nodes() -> Iterator[None]:
    """Network namespaces aurl-a and aurl-b, joined by a cable."""
    commands = [
        *(f"ip netns add aurl-{node}" for node in ADDRESSES),
        "ip link add aurl-a netns aurl-a type veth peer name aurl-b netns aurl-b",
        *(f"ip -n aurl-{node} addr add {address}/24 dev aurl-{node}" for node, address in ADDRESSES.items()),
        *(f"ip -n aurl-{node} link set {link} up" for node in ADDRESSES for link in ("lo", f"aurl-{node}")),
    ]
    with ExitStack() as stack:
        for node in ADDRESSES:
            delete = ["ip", "netns", "delete", f"aurl-{node}"]
            stack.callback(subprocess.run, delete, check=False, stderr=subprocess.DEVNULL)
        for command in commands:
            subprocess.run(command.split(), check=True)
        yield


def torchrun_on(node: str) -> subprocess.Popen:
    """Start a node's part; node a is where they meet."""
    options = (
        f"--rdzv-endpoint {ADDRESSES['a']}:29400 --rdzv-conf is_host={int(node == 'a')} --local-addr {ADDRESSES[node]}"
    )
    command = f"ip netns exec aurl-{node} {sys.executable} {TORCHRUN} {options} -m tasks train"
    return subprocess.Popen(command.split(), env=environment(GLOO_SOCKET_IFNAME=f"aurl-{node}", **FRESH_STORE))


def test_only_the_train_stage_starts_processes():
    two = StrategyParams(kind="ddp", processes=2)
    assert needs_launch("train", two)
    assert not needs_launch("parse", two)
    assert not needs_launch("train", StrategyParams())


@pytest.mark.slow
@pytest.mark.distributed
def test_the_stage_starts_its_processes_and_one_of_them_writes(by_one, repository):
    use_profile("test", [*SETTINGS, "train.strategy.kind=fsdp", "train.strategy.processes=2"])
    subprocess.run([sys.executable, "-m", "tasks", "train"], check=True, env=environment())
    report = json.loads(Path("reports/train.json").read_text())
    assert report == pytest.approx(by_one, rel=1e-3)
    assert load_model(repository / "models").num_parameters == report["num_parameters"]
    assert {path.name for path in Path(".aurl/logs").iterdir()} >= {"train.log"}


@pytest.mark.slow
@pytest.mark.distributed
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="network namespaces are made by root alone")
@pytest.mark.skipif(not shutil.which("ip"), reason="network namespaces are made by `ip`, of Debian's iproute2")
def test_two_nodes_learn_what_one_process_does(by_one, repository):
    use_profile("test", [*SETTINGS, "train.strategy.kind=ddp"])
    with two_nodes():
        started = [torchrun_on(node) for node in ADDRESSES]
        assert [process.wait(300) for process in started] == [0, 0]
    assert json.loads(Path("reports/train.json").read_text()) == pytest.approx(by_one, rel=1e-3)
