"""`aurl run` names, shares and plays the trainings whose state is on disk."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from aurl_core.models.registry import build
from aurl_core.models.weights import load_model
from aurl_core.tokens.event import EventTokenizer
from aurl_core.tokens.params import EventTokenizerConfig
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.checkpoints.record import seal
from aurl_core.training.checkpoints.run import begin_run

Aurl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(repository: Path, make_recipe, tmp_path: Path) -> Path:
    """A run of one checkpoint among those of a repository."""
    recipe, corpus = make_recipe(), tmp_path / "corpus"
    corpus.mkdir()
    tokenizer = EventTokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"))
    tokenizer.save(corpus / "vocabulary.json")
    (corpus / "manifest.json").write_text("{}")
    identity = recipe.identity(corpus)
    folder = repository / ".aurl/checkpoints" / identity.key
    begin_run(folder, identity, corpus=corpus)
    place = folder / "step-000000008"
    place.mkdir()
    weights = build(recipe.model, TokenTraits.of(tokenizer.vocabulary)).state_dict()
    torch.save({"shown": weights}, place / "state.ckpt")
    seal(place, step=8, tokens_seen=1024, figures={"validation_nats_per_token": 2.5})
    return folder


def test_list_says_how_far_and_how_well(aurl: Aurl, run: Path) -> None:
    code, out, _ = aurl("run", "list")

    assert code == 0
    [row] = [line.split() for line in out.splitlines() if run.name in line]
    assert row[:3] == [run.name, "1024", "2.500"]


def test_export_and_import_say_what_is_needed_to_go_on(aurl: Aurl, run: Path, tmp_path: Path) -> None:
    code, out, _ = aurl("run", "export", tmp_path / "run.zip", "--run", run.name[:6])
    assert (code, "checkpoints: 1" in out) == (0, True)
    run.rename(tmp_path / "away")

    code, out, _ = aurl("run", "import", tmp_path / "run.zip")

    assert code == 0
    assert json.loads((run / "run.json").read_text())["settings"]["seed"] == 7
    assert "to go on with it, set seed=7 (now " in out
    assert "the corpus it learned from is needed in data/corpus" in out


def test_model_makes_a_folder_to_generate_from(aurl: Aurl, run: Path, tmp_path: Path) -> None:
    code, out, _ = aurl("run", "model", tmp_path / "model", "--best")
    assert (code, "after 1024 tokens" in out) == (0, True)
    assert load_model(tmp_path / "model").num_parameters

    code, _, err = aurl("run", "model", tmp_path / "model")
    assert (code, "is there already" in err) == (1, True)


def test_a_run_that_is_none_is_told_with_those_there_are(aurl: Aurl, run: Path) -> None:
    code, _, err = aurl("run", "export", "run.zip", "--run", "zzz")

    assert code == 1
    assert f"'zzz' names no run; there are: {run.name}" in err
