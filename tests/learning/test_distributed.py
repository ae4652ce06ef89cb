"""Several processes learn what one does, whatever is split among them, and go on when one of them is killed."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from aurl_core.models.params import MODEL_CONFIG
from aurl_core.training.recipe import Recipe
from aurl_core.training.trainer import fit
from tasks.launch import FRESH_STORE

pytestmark = [pytest.mark.distributed, pytest.mark.slow]

LAUNCHED = Path(__file__).parent.parent / "aurl_core" / "training" / "distributed" / "launched.py"
KINDS = ("ddp", "fsdp", "tensor", "pipeline")
TOLERANCE = 1e-4


@pytest.fixture
def recipe_for(make_recipe) -> Callable[..., Recipe]:
    """A function that makes a recipe of eight steps, saved after every two, for a strategy."""

    def make(kind: str, *, accelerator: str = "cpu") -> Recipe:
        optimizer = {"kind": "adamw", "learning_rate": 0.01}
        recipe = make_recipe(
            dropout=0,
            batch_size=6,
            budget_tokens=1536,
            validate_every_tokens=768,
            checkpoints={"every_tokens": 384},
            optimizer=optimizer,
            strategy={"kind": kind, "microbatches": 2},
            accelerator=accelerator,
        )
        sections = recipe.model.model_dump() | {"num_layers": 2, "relative_pitches": 2, "positions": "musical"}
        return replace(recipe, model=MODEL_CONFIG.validate_python(sections))

    return make


@pytest.fixture
def launch(tmp_path):
    """A function that trains recipes by name in several processes, each in a folder of its name, and says what came of
    each; at `kill_at` tokens one process of a recipe whose name says `killed` is killed."""

    def call(
        recipes: dict[str, Recipe], corpus: Path, processes: int, *, max_restarts: int = 0, kill_at: int = 0
    ) -> dict[str, dict]:
        jobs = [
            {
                "folder": str(tmp_path / name),
                "corpus": str(corpus),
                "recipe": settings(recipe),
                "kill_at": kill_at if "killed" in name else 0,
            }
            for name, recipe in recipes.items()
        ]
        (tmp_path / "jobs.json").write_text(json.dumps(jobs))
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
        command += ["--max-restarts", str(max_restarts), str(LAUNCHED), str(tmp_path / "jobs.json")]
        subprocess.run(command, check=True, env=os.environ | FRESH_STORE)
        return {name: json.loads((tmp_path / name / "result.json").read_text()) for name in recipes}

    return call


def settings(recipe: Recipe) -> dict:
    named = {name: getattr(recipe, name).model_dump() for name in ("train", "model", "augment")}
    return named | {"seed": recipe.seed}


def losses(result: dict) -> list[float]:
    return [value for _, value in result["losses"]["plain_cross_entropy"]]


def test_any_strategy_learns_what_one_process_does(launch, recipe_for, small_corpus, tmp_path):
    folder = tmp_path / "one"
    one = fit(recipe_for("single"), small_corpus, checkpoints=folder, cache=folder, progress=lambda *_: None)
    expected = list(one.losses.values["plain_cross_entropy"])

    results = launch({kind: recipe_for(kind) for kind in KINDS}, small_corpus, 2)

    for kind, result in results.items():
        assert losses(result) == pytest.approx(expected, abs=TOLERANCE), kind
        assert result["curve"][-1] == pytest.approx(one.curve[-1], abs=TOLERANCE), kind
        nats = {split: likelihood.nats for split, likelihood in one.likelihood.items()}
        assert result["nats"] == pytest.approx(nats, rel=TOLERANCE), kind
        weights, others = one.model.state_dict(), load_file(tmp_path / kind / "weights.safetensors")
        assert max(float((weights[name] - others[name]).abs().max()) for name in weights) < 10 * TOLERANCE, kind


def test_killed_processes_go_on_and_another_number_of_them_too(launch, recipe_for, small_corpus, tmp_path):
    """One of two processes is killed in the sixth of eight steps; then one process, and three, go on from what the two
    had saved after the sixth."""
    recipes = {f"{kind} {fate}": recipe_for(kind) for kind in ("ddp", "fsdp") for fate in ("killed", "undisturbed")}
    results = launch(recipes, small_corpus, 2, max_restarts=2, kill_at=1152)
    for kind in ("ddp", "fsdp"):
        assert (tmp_path / f"{kind} killed" / "killed").exists()
        assert results[f"{kind} killed"] == results[f"{kind} undisturbed"]
        assert weights(tmp_path / f"{kind} killed") == weights(tmp_path / f"{kind} undisturbed")

    for processes in (1, 3):
        shutil.copytree(tmp_path / "fsdp undisturbed", tmp_path / f"by {processes}")
        shutil.rmtree(sorted((tmp_path / f"by {processes}").glob("step-*"))[-1])
        [result] = launch({f"by {processes}": recipe_for("fsdp")}, small_corpus, processes).values()
        assert len(losses(result)) == 8
        assert losses(result) == pytest.approx(losses(results["fsdp undisturbed"]), abs=TOLERANCE)


def test_a_vae_learns_in_two_processes_too(launch, make_recipe, bar_corpus):
    losses = {"weights": {"plain_cross_entropy": 1, "kl": 1}}
    recipe = make_recipe(losses=losses, strategy={"kind": "ddp"}, budget_tokens=8192, validate_every_tokens=4096)
    parts = {"encoder": {"num_layers": 1}, "latent": {"dim": 8, "bars": 2, "phrase_bars": 1}}
    sections = recipe.model.model_dump(exclude={"mode"}) | parts | {"mode": "vae", "context_length": 256}
    [result] = launch({"vae": replace(recipe, model=MODEL_CONFIG.validate_python(sections))}, bar_corpus, 2).values()
    first, last = (point["validation_nats_per_token"] for point in (result["curve"][0], result["curve"][-1]))
    assert last < first


@pytest.mark.gpu
@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="NCCL joins GPUs, and there are not two CUDA devices here")
def test_two_gpus_learn_what_one_does(launch, recipe_for, small_corpus, tmp_path):
    recipe, folder = recipe_for("single", accelerator="cuda"), tmp_path / "one"
    one = fit(recipe, small_corpus, checkpoints=folder, cache=folder, progress=lambda *_: None)

    results = launch({kind: recipe_for(kind, accelerator="cuda") for kind in KINDS}, small_corpus, 2)

    for kind, result in results.items():
        assert losses(result) == pytest.approx(list(one.losses.values["plain_cross_entropy"]), abs=10 * TOLERANCE), kind


def weights(folder: Path) -> bytes:
    return (folder / "weights.safetensors").read_bytes()
