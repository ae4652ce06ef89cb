import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from aurl_core.training.protocol.stages import fit_stages, parts_of
from aurl_core.training.trainer import fit

RUN_AND_DIE = Path(__file__).parents[3] / "learning" / "run_and_die.py"
STAGES = [
    {"name": "pretrain", "budget_share": 0.5},
    {"name": "finetune", "budget_share": 0.25, "train": {"optimizer": {"kind": "adamw", "learning_rate": 0.003}}},
    {"name": "polish", "budget_share": 0.25, "train": {"protocol": {"lora": {"rank": 2}}}},
]


@pytest.fixture
def train(small_corpus, tmp_path):
    def run(recipe, name="run", **sinks):
        folders = {"checkpoints": tmp_path / name, "cache": tmp_path / "cache"}
        return fit_stages(recipe, small_corpus, **folders, **{"progress": lambda *_: None} | sinks)

    return run


@pytest.fixture
def recipe(make_recipe):
    return make_recipe(budget_tokens=2048, validate_every_tokens=512, protocol={"stages": STAGES})


def same_weights(one, other) -> bool:
    pairs = zip(one.model.state_dict().values(), other.model.state_dict().values(), strict=True)
    return all(torch.equal(tensor, twin) for tensor, twin in pairs)


def test_what_is_told_counts_through_all_stages(train, recipe):
    told, figures, moments, sampled = [], [], [], []
    done = train(
        recipe,
        progress=lambda *count: told.append(count),
        metrics=lambda found, tokens: figures.append((tokens, found.get("stage"))),
        live=moments.append,
        sampler=lambda model, *, tokens_seen: sampled.append(tokens_seen) or {},
    )
    assert [stage._asdict() for stage in done.stages] == [
        {"name": "pretrain", "tokens": 1024},
        {"name": "finetune", "tokens": 1536},
        {"name": "polish", "tokens": 2048},
    ]
    assert told == sorted(told)
    assert told[-1] == (2048, 2048)
    assert {(512, 0.0), (1024, 0.0), (1536, 1.0), (2048, 2.0)} <= set(figures)
    assert [point["tokens"] for point in done.curve] == sampled == [512, 1024, 1536, 2048]
    assert (moments[-1].step, moments[-1].tokens_seen) == (16, 2048)
    for history in (done.losses, done.health.gradients):
        assert [list(steps) for steps in history.steps.values()] == [list(range(16))]
    assert (done.tokens_seen, done.adapters) == (2048, {})


def test_tokens_of_a_stage_that_stopped_early_are_not_counted(train, make_recipe):
    rule = {"metric": "validation_nats_per_token", "patience": 1, "min_delta": 100}
    early = {"name": "finetune", "budget_share": 0.75, "train": {"stopping": {"rules": [rule]}}}
    stages = [{"name": "pretrain", "budget_share": 0.25}, early]
    done = train(make_recipe(budget_tokens=2048, validate_every_tokens=512, protocol={"stages": stages}))
    assert done.health.stopped
    assert (done.tokens_seen, done.curve[-1]["tokens"]) == (1536, 1536)


def test_each_stage_goes_on_with_the_weights_of_the_one_before(train, recipe, small_corpus, tmp_path):
    first, second, third = (part.recipe for part in parts_of(recipe))
    folders = {"cache": tmp_path / "cache", "progress": lambda *_: None}
    one = fit(first, small_corpus, checkpoints=tmp_path / "1", **folders)
    two = fit(second, small_corpus, checkpoints=tmp_path / "2", before=one.model, **folders)
    three = fit(third, small_corpus, checkpoints=tmp_path / "3", before=two.model, **folders)
    done = train(recipe)
    assert same_weights(done, three)
    assert not same_weights(two, three)
    assert done.likelihood == three.likelihood
    assert three.adapters


def test_a_stage_that_is_all_is_a_training_without_stages(train, make_recipe):
    alone = train(make_recipe(protocol={"stages": [{"name": "all", "budget_share": 1}]}), "alone")
    assert same_weights(alone, train(make_recipe(), "plain"))


def test_stages_draw_windows_of_their_own(recipe):
    seeds = [part.recipe.seed for part in parts_of(recipe)]
    assert seeds[0] == recipe.seed
    assert len(set(seeds)) == 3


def test_killed_in_any_stage_it_goes_on_to_the_same_weights(train, recipe, small_corpus, tmp_path):
    """Killed in the middle of the second of three stages."""
    sections = {name: getattr(recipe, name).model_dump() for name in ("train", "model", "augment")}
    settings = json.dumps(sections | {"seed": recipe.seed})
    command = [sys.executable, str(RUN_AND_DIE), str(small_corpus), str(tmp_path / "killed"), "1280", settings]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert sorted(path.name for path in (tmp_path / "killed").glob("stage-*")) == ["stage-0-pretrain"]
    seen = []
    resumed = train(recipe, "killed", progress=lambda done, total: seen.append(done))
    whole = train(recipe, "undisturbed")
    assert 0 not in seen
    assert same_weights(resumed, whole)
    assert (resumed.curve, resumed.likelihood) == (whole.curve, whole.likelihood)
