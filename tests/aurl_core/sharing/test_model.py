import json
import math

import pytest
import torch

from aurl_core.errors import InputError, MissingError
from aurl_core.models.weights import load_model
from aurl_core.sharing.model import write_model
from aurl_core.sums import write_sums
from aurl_core.training.checkpoints.run import begin_run
from aurl_core.training.checkpoints.state import weights_of
from aurl_core.training.protocol.stages import fit_stages


@pytest.mark.parametrize(("is_best", "step"), [(False, 6), (True, 4)])
def test_a_runs_newest_or_best_checkpoint_is_a_model_that_loads(killed_run, tmp_path, is_best, step):
    _, run = killed_run
    record = write_model(tmp_path / "model", run, is_best=is_best).record
    weights, saved = load_model(tmp_path / "model").state_dict(), weights_of(run / f"step-{step:09d}")
    assert record.step == step
    assert [name for name, one in saved.items() if not torch.equal(one, weights[name])] == []
    assert (tmp_path / "model" / "vocabulary.json").read_bytes() == (run / "vocabulary.json").read_bytes()


def test_the_best_is_by_the_runs_own_score(killed_run, tmp_path):
    _, run = killed_run
    place = run / "step-000000002"
    content = json.loads((place / "checkpoint.json").read_text())
    content["figures"] = {"validation_nats_per_token": math.log(1.5)}
    (place / "checkpoint.json").write_text(json.dumps(content))
    write_sums(place)
    assert write_model(tmp_path / "model", run, is_best=True).record.step == 2


def test_what_adapters_learnt_in_the_last_stage_is_in_the_model(make_recipe, small_corpus, tmp_path):
    adapted = {"name": "polish", "budget_share": 0.5, "train": {"protocol": {"lora": {"rank": 2}}}}
    recipe = make_recipe(protocol={"stages": [{"name": "pretrain", "budget_share": 0.5}, adapted]})
    begin_run(tmp_path / "run", recipe.identity(small_corpus), corpus=small_corpus)
    folders = {"checkpoints": tmp_path / "run", "cache": tmp_path / "cache"}
    done = fit_stages(recipe, small_corpus, progress=lambda *_: None, **folders).model.state_dict()
    write_model(tmp_path / "model", tmp_path / "run", is_best=False)
    weights = load_model(tmp_path / "model").state_dict()
    assert [name for name, one in done.items() if not torch.equal(one, weights[name])] == []


def test_weights_of_another_network_are_refused(killed_run, tmp_path):
    _, run = killed_run
    identity = json.loads((run / "run.json").read_text())
    identity["settings"]["model"]["num_layers"] = 2
    (run / "run.json").write_text(json.dumps(identity))
    with pytest.raises(InputError, match="another network"):
        write_model(tmp_path / "model", run, is_best=False)


def test_without_a_checkpoint_there_is_no_model(tmp_path):
    with pytest.raises(MissingError, match="is no run"):
        write_model(tmp_path / "model", tmp_path, is_best=False)
