import json
import shutil
from hashlib import sha256

import pretty_midi
import pytest
import torch

from aurl_core.errors import MissingError
from aurl_core.models.params import MODEL_CONFIG
from aurl_core.models.weights import load_adapted, load_model
from tasks.params import ClusterParams, TrackingParams
from tasks.stage import Paths
from tasks.train import train
from tasks.watching.events import read_events


@pytest.fixture
def run(make_recipe, tmp_path):
    def call(model=None, **settings):
        recipe = make_recipe(num_samples=1, **settings)
        paths = Paths(
            data=tmp_path, reports=tmp_path / "reports", store=tmp_path / "store", checkpoints=tmp_path / "checkpoints"
        )
        cluster = ClusterParams(workers=1, chunk_size=1, chunk_timeout_seconds=1)
        sections = {"model": model or recipe.model, "augment": recipe.augment, "seed": recipe.seed}
        tracking = TrackingParams(experiment="aurl", model_name="aurl")
        return train(recipe.train, paths, **sections, cluster=cluster, tracking=tracking)

    return call


def files(folder) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_leaves_a_bundle_a_curve_and_sketches(run, small_corpus, tmp_path):
    report = run()
    facts = json.loads((tmp_path / "models" / "training.json").read_text())
    assert sorted(files(tmp_path / "models")) == [
        "config.json",
        "model.safetensors",
        "pieces.parquet",
        "training.json",
        "vocabulary.json",
    ]
    assert facts["validation"]["bits_per_note"] == report.validation_bits_per_note
    assert load_model(tmp_path / "models").num_parameters == report.num_parameters
    assert sorted(files(tmp_path / "reports" / "train")) == [
        "curve.svg",
        "gradients.svg",
        "losses.svg",
        "sketches/000000000512-0.mid",
        "sketches/000000001024-0.mid",
        "summary.md",
    ]
    summary = (tmp_path / "reports" / "train" / "summary.md").read_text()
    assert f"{report.validation_bits_per_note:.3f}" in summary
    assert "sample quality" in summary
    pretty_midi.PrettyMIDI(str(tmp_path / "reports" / "train" / "sketches" / "000000001024-0.mid"))


def test_it_can_be_watched(run, small_corpus, tmp_path):
    run()
    [file] = (tmp_path / "checkpoints").glob("*/events.jsonl")
    events, _ = read_events(file)
    assert [events[0]["kind"], events[-1]["kind"], events[-1]["status"]] == ["begin", "end", "finished"]
    figures = [event for event in events if event["kind"] == "figures"]
    assert {"validation_bits_per_note", "sample_quality"} <= {name for event in figures for name in event["figures"]}
    assert [event["tokens_seen"] for event in events if event["kind"] == "moment"][-1] == 1024


LATENT = {"encoder": {"num_layers": 1}, "latent": {"dim": 8, "bars": 2, "phrase_bars": 1}}
DISCRIMINATOR = {"discriminator": {"num_layers": 3, "dim": 8}}
WEIGHTS = {"plain_cross_entropy": 1, "kl": 1}
PLAYERS = {"hinge_generator": 1, "hinge_critic": 1}


@pytest.mark.parametrize(
    ("mode", "parts", "weights"), [("vae", LATENT, WEIGHTS), ("vae_gan", LATENT | DISCRIMINATOR, WEIGHTS | PLAYERS)]
)
def test_every_mode_leaves_a_bundle_that_plays(run, make_recipe, bar_corpus, tmp_path, mode, parts, weights):
    shared = make_recipe().model.model_dump(exclude={"mode"}) | {"context_length": 256}
    report = run(
        MODEL_CONFIG.validate_python(shared | {"mode": mode} | parts),
        losses={"weights": weights},
        landscape_points=3,
        budget_tokens=8192,
        validate_every_tokens=4096,
    )
    assert load_model(tmp_path / "models").num_parameters <= report.num_parameters
    facts = json.loads((tmp_path / "models" / "training.json").read_text())
    assert facts["losses"].keys() >= {"plain_cross_entropy", "kl"}
    drawn = files(tmp_path / "reports" / "train")
    assert b"<svg" in drawn["landscape.svg"]
    assert sum(name.endswith(".mid") for name in drawn) == 2


def test_the_same_settings_leave_the_same_bytes(run, small_corpus, tmp_path):
    run()
    first = files(tmp_path / "models") | files(tmp_path / "reports")
    run()
    assert files(tmp_path / "models") | files(tmp_path / "reports") == first


def test_a_finished_run_keeps_its_state_until_another_begins(run, small_corpus, tmp_path):
    run()
    (first,) = (tmp_path / "checkpoints").iterdir()
    (tmp_path / "checkpoints" / "killed").mkdir()
    run(batch_size=1)
    assert not first.exists()
    assert len(list((tmp_path / "checkpoints").iterdir())) == 2


def test_outputs_lost_after_training_come_back_without_training(run, small_corpus, tmp_path):
    run()
    before = files(tmp_path / "models")
    (state,) = (tmp_path / "checkpoints").glob("*/step-*8")
    content = files(state)
    shutil.rmtree(tmp_path / "models")
    run()
    assert files(tmp_path / "models") == before
    assert files(state) == content


def test_without_a_corpus_nothing_is_left(run, tmp_path):
    with pytest.raises(MissingError, match="dvc repro shard"):
        run()
    assert not (tmp_path / "models").exists()


def test_adapters_go_on_from_a_bundle_and_lie_beside_the_weights(run, small_corpus, tmp_path):
    run()
    shutil.copytree(tmp_path / "models", tmp_path / "base")
    run(protocol={"warm_start": str(tmp_path / "base"), "lora": {"rank": 2, "whole": ["norms"]}})
    facts = json.loads((tmp_path / "models" / "training.json").read_text())
    digest = sha256((tmp_path / "base" / "model.safetensors").read_bytes()).hexdigest()
    assert facts["origins"] == {"warm_start": digest}
    adapted = load_adapted(tmp_path / "base", tmp_path / "models" / "adapter.safetensors").state_dict()
    for name, tensor in load_model(tmp_path / "models").state_dict().items():
        torch.testing.assert_close(adapted[name], tensor)


def test_another_base_is_another_run(run, small_corpus, tmp_path):
    run()
    shutil.copytree(tmp_path / "models", tmp_path / "base")
    protocol = {"warm_start": str(tmp_path / "base")}
    run(protocol=protocol)
    (first,) = (tmp_path / "checkpoints").iterdir()
    run(protocol=protocol)
    assert [*(tmp_path / "checkpoints").iterdir()] == [first]
    shutil.copyfile(tmp_path / "models" / "model.safetensors", tmp_path / "base" / "model.safetensors")
    run(protocol=protocol)
    assert [*(tmp_path / "checkpoints").iterdir()] != [first]
