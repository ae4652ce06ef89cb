"""`python -m tasks <stage>`: the command of every DVC stage, also by hand. What it does is in runner.py."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from pathlib import Path
from typing import Final, NoReturn

from tasks.environment import find_root, set_up
from tasks.failure import told
from tasks.processes import interruptible

_OBJECTS_PER_COLLECTION: Final = 50_000
"""Between two looks for garbage; most of what a stage makes is columns, and modules that stay."""


def main(arguments: list[str]) -> int:
    """Run one stage; 0 if it ended well, 1 (and one paragraph on stderr) if it could not, 130 if interrupted."""
    set_up(find_root())
    interruptible()
    gc.set_threshold(_OBJECTS_PER_COLLECTION)
    with told() as outcome:
        outcome.code = _run(arguments)
    return outcome.code


def _run(arguments: list[str]) -> int:
    from aurl_core.training.distributed.world import World
    from tasks.launch import launch, needs_launch
    from tasks.lineage import dvc_ancestor
    from tasks.locks import end_with
    from tasks.logs import set_up_logs
    from tasks.params import load_params
    from tasks.pipeline import check_stage, read_pipeline
    from tasks.runner import follow, load_stage, run_stage

    name = check_stage(" ".join(arguments))
    params = load_params()
    params.paths.check()
    world = World.here()
    set_up_logs(params.paths.logs, name if world.is_first else f"{name}-{world.rank}")
    if caller := dvc_ancestor():
        end_with(caller)
    if needs_launch(name, params.train.strategy):
        return launch(params.train.strategy)
    if not world.is_first:
        follow(params)
        return 0
    declaration = read_pipeline(params.model_dump(mode="json"))[name]
    run_stage(load_stage(name), declaration, params, root=Path.cwd())
    return 0


def _leave(code: int) -> NoReturn:
    """End as soon as what is registered for the end has run: to take MLflow apart object by object takes a second."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _leave(main(sys.argv[1:]))
