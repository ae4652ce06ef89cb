"""The page of a search over an objective that takes no time."""

import json
from pathlib import Path

import pytest

from aurl_core.experiments.params import Dimension, TuneParams
from aurl_core.experiments.search.coordinator import search
from aurl_core.experiments.search.objective import Valley
from aurl_core.experiments.search.page import write_page
from aurl_core.experiments.search.results import Found
from aurl_core.experiments.search.study import StudyPlace

SPACE = (Dimension(setting="model.dropout", low=0.0, high=1.0), Dimension(setting="model.num_layers", choices=(1, 9)))


@pytest.fixture
def found(tmp_path: Path) -> Found:
    """Twelve trials, in which one layer is far better than nine."""
    place = StudyPlace(tmp_path / "study", TuneParams(space=SPACE, num_trials=12, pruner={"kind": "none"}), 3)
    study = place.open({})
    search(place, Valley(bottom=0.5), study=study, tell=lambda trial: None)
    return Found.of(study, place.params)


def test_what_matters_most_comes_first(found: Found) -> None:
    assert next(iter(found.importances)) == "model.num_layers"
    assert sum(found.importances.values()) == pytest.approx(1.0)


def test_the_page_has_the_best_settings_and_every_trial(found: Found, tmp_path: Path) -> None:
    write_page(found, tmp_path / "page", now={"model.dropout": 0.2, "model.num_layers": 6})

    page = (tmp_path / "page" / "index.html").read_text()
    assert found.best
    assert f"-S model.dropout={found.best.settings['model.dropout']} -S model.num_layers=1" in page
    assert all(f"trial-{number} " in page for number in range(12))
    assert len(json.loads((tmp_path / "page" / "found.json").read_text())["trials"]) == 12
