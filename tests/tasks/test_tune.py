"""A search over real trainings, very short ones: its page, its MLflow runs, and what it goes on from."""

import json
from pathlib import Path

import pytest
from mlflow import MlflowClient

from aurl_core.errors import MissingError, SettingError
from aurl_core.experiments.params import Dimension, MedianParams, TuneParams
from tasks.experiment import PARENT_TAG, connect
from tasks.params import Params
from tasks.trial_runs import STOPPED
from tasks.tune import FruitlessError, check_space, tune

SPACE = (
    Dimension(setting="train.optimizer.learning_rate", low=0.001, high=0.1, log=True),
    Dimension(setting="model.dropout", choices=(0.0, 0.5)),
)


@pytest.fixture
def made(params: Params, make_recipe, small_corpus: Path, root: Path) -> Params:
    """Settings of a search for a very small model over a small corpus, in an empty repository."""
    recipe = make_recipe()
    search = TuneParams(
        space=SPACE, num_trials=3, budget_tokens=512, num_reports=2, pruner=MedianParams(startup_trials=1)
    )
    paths = params.paths.model_copy(update={"data": small_corpus.parent})
    sections = {"train": recipe.train, "model": recipe.model, "augment": recipe.augment, "tune": search, "paths": paths}
    return params.model_copy(update=sections)


def searched(params: Params, root: Path, **changes: object):
    return tune(params.model_copy(update={"tune": params.tune.model_copy(update=changes)}), root=root)


def runs_of(params: Params, root: Path):
    client, experiment = connect(params.tracking.experiment, root)
    assert isinstance(client, MlflowClient)
    return client.search_runs([experiment], order_by=["attributes.start_time ASC"])


def test_a_search_leaves_a_page_and_a_run_for_each_trial(made: Params, root: Path) -> None:
    found = searched(made, root)

    assert sum(map(found.count, ("finished", "stopped"))) == 3
    page = (root / "reports" / "tune" / "index.html").read_text()
    assert found.best
    assert f"train.optimizer.learning_rate={found.best.settings['train.optimizer.learning_rate']}" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    told = json.loads((root / "reports" / "tune" / "found.json").read_text())
    assert told["trials"][found.best.number]["value"] == found.best.value
    parent, *children = runs_of(made, root)
    assert parent.data.metrics["best_validation_bits_per_note"] == pytest.approx(found.best.value)
    assert {child.data.tags[PARENT_TAG] for child in children} == {parent.info.run_id}
    assert [child.data.params for child in children] == [
        {name: str(value) for name, value in one.settings.items()} for one in found.results
    ]
    assert {run.info.status for run in (parent, *children)} == {"FINISHED"}
    outcomes = [child.data.tags.get("outcome", "") for child in children]
    assert outcomes == [STOPPED if one.outcome == "stopped" else "" for one in found.results]
    assert not list((root / ".aurl/searches/search").glob("trial-*"))


def test_more_trials_go_on_in_the_same_runs_and_other_settings_are_refused(made: Params, root: Path) -> None:
    first = searched(made, root, num_trials=1)
    second = searched(made, root, num_trials=2)

    assert second.results[0] == first.results[0]
    assert len(runs_of(made, root)) == 3
    with pytest.raises(SettingError, match=r"tune\.name is 'search'.*begun with other settings"):
        searched(made, root, budget_tokens=256)


def test_a_space_that_cannot_be_is_told_before_anything_is_trained(made: Params) -> None:
    def check(*space: Dimension) -> None:
        check_space(made.model_copy(update={"tune": made.tune.model_copy(update={"space": space})}))

    with pytest.raises(SettingError, match=r"train\.optimizer\.rate is no setting"):
        check(Dimension(setting="train.optimizer.rate", low=0.1, high=1.0))
    with pytest.raises(SettingError, match=r"model\.dropout=1\.5"):
        check(Dimension(setting="model.dropout", low=0.0, high=1.5))


def test_a_search_in_which_nothing_can_be_trained_says_why(made: Params, root: Path) -> None:
    odd = (Dimension(setting="model.num_heads", choices=(3,)),)
    with pytest.raises((FruitlessError, SettingError), match="num_heads"):
        searched(made, root, space=odd)


def test_without_a_corpus_it_says_so(made: Params, root: Path, small_corpus: Path) -> None:
    (small_corpus / "manifest.json").unlink()
    with pytest.raises(MissingError, match="dvc repro shard"):
        searched(made, root)
