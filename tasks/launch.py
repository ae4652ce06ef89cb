"""Several processes for one training: torchrun starts `python -m tasks train` once more in each. What they do together
is said in `aurl_core.training.distributed`; this one waits for them.
"""

from __future__ import annotations

import sys
from typing import Final

from aurl_core.training.distributed.params import StrategyParams
from aurl_core.training.distributed.world import World
from tasks.processes import process_group

LAUNCHED: Final = "train"
"""The stage that more than one process may run."""
FRESH_STORE: Final = {"TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}
"""Processes that are started again must not find the addresses of those that died, which torchrun's own store keeps
(pytorch/pytorch issue 135712)."""
_LOOPBACK: Final = "127.0.0.1"


def needs_launch(stage: str, strategy: StrategyParams) -> bool:
    """Is it for this process to start those that do the stage's work?"""
    return stage == LAUNCHED and strategy.processes > 1 and not World.here().is_launched


def launch(strategy: StrategyParams) -> int:
    """Run the stage in `strategy.processes` processes of this machine; the exit status of torchrun.

    They talk over the loopback address alone.
    """
    environment = FRESH_STORE | ({"GLOO_SOCKET_IFNAME": "lo"} if sys.platform == "linux" else {})
    with process_group(torchrun(strategy), environment=environment, output=sys.stderr) as process:
        return process.wait()


def torchrun(strategy: StrategyParams) -> list[str]:
    """The command.

    >>> " ".join(torchrun(StrategyParams(kind="ddp", processes=2))[1:])
    '-m torch.distributed.run --standalone --local-addr 127.0.0.1 --nproc-per-node 2 --max-restarts 0 -m tasks train'
    """
    counts = ["--nproc-per-node", str(strategy.processes), "--max-restarts", str(strategy.max_restarts)]
    place = ["--standalone", "--local-addr", _LOOPBACK]
    return [sys.executable, "-m", "torch.distributed.run", *place, *counts, "-m", "tasks", LAUNCHED]
