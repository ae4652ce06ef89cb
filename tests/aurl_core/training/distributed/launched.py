"""Trains recipes one after the other, as one of the processes that torchrun starts: argv is a file of jobs.

The first process writes what came of each into its folder: result.json and weights.safetensors. A job that says so is
killed once, as by `kill -9`, in its last process.
"""

import json
import math
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from safetensors.torch import save_file
from torch import distributed as dist

from aurl_core.augmentation.params import AugmentParams
from aurl_core.models.params import MODEL_CONFIG
from aurl_core.training.distributed.world import World
from aurl_core.training.outcome import Training
from aurl_core.training.params import TrainParams
from aurl_core.training.recipe import Recipe
from aurl_core.training.trainer import fit


def recipe_of(sections: dict) -> Recipe:
    return Recipe(
        TrainParams(**sections["train"]),
        MODEL_CONFIG.validate_python(sections["model"]),
        AugmentParams(**sections["augment"]),
        sections["seed"],
    )


def write_result(folder: Path, training: Training) -> None:
    result = {
        "curve": training.curve,
        "losses": training.losses.state(),
        "nats": {split: asdict(likelihood)["nats"] for split, likelihood in training.likelihood.items()},
    }
    (folder / "result.json").write_text(json.dumps(result))
    save_file(dict(training.model.state_dict()), folder / "weights.safetensors")


def check_same_everywhere(training: Training) -> None:
    """All processes end with the same weights."""
    sums = [float(weight.detach().double().sum()) for weight in training.model.parameters()]
    if dist.is_initialized():
        of_each = [sums] * dist.get_world_size()
        dist.all_gather_object(of_each, sums)
        assert all(math.isclose(*pair, abs_tol=1e-9) for other in of_each for pair in zip(sums, other, strict=True))


def run(job: dict, world: World) -> None:
    folder = Path(job["folder"])
    mark = folder / "killed"

    def die_when_due(done: int, total: int) -> None:
        if done >= job["kill_at"] and world.rank == world.size - 1 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    training = fit(
        recipe_of(job["recipe"]),
        Path(job["corpus"]),
        checkpoints=folder,
        cache=folder / "cache",
        progress=die_when_due if job["kill_at"] else lambda done, total: None,
    )
    check_same_everywhere(training)
    if world.is_first:
        write_result(folder, training)


if __name__ == "__main__":
    for one in json.loads(Path(sys.argv[1]).read_text()):
        run(one, World.here())
