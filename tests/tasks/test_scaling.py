"""A ladder of real trainings, very small ones: what it leaves, and that nothing is trained twice."""

import json
from pathlib import Path

import pytest

from aurl_core.errors import SettingError
from aurl_core.experiments.params import ScalingParams
from tasks.params import Params
from tasks.scaling import scaling

LADDER = ScalingParams(
    widths=(4, 8, 12), data_shares=(0.5, 1.0), next_width=16, next_share=1.0, budget_tokens=512, num_resamples=20
)


@pytest.fixture
def made(params: Params, make_recipe, small_corpus: Path, root: Path) -> Params:
    """Settings of a ladder of very small models over a small corpus, in an empty repository."""
    recipe = make_recipe()
    paths = params.paths.model_copy(update={"data": small_corpus.parent})
    tracking = params.tracking.model_copy(update={"is_enabled": False})
    sections = {"train": recipe.train, "model": recipe.model, "augment": recipe.augment, "scaling": LADDER}
    return params.model_copy(update={**sections, "paths": paths, "tracking": tracking})


def test_a_ladder_foretells_the_rung_above_it_and_is_climbed_once(made: Params, root: Path) -> None:
    found = scaling(made, root=root)

    assert [rung.num_tokens for rung in found.rungs] == [256, 512] * 3
    assert found.top.num_parameters > max(found.sizes)
    assert found.said.low <= found.said.high
    told = json.loads((root / "reports" / "scaling" / "ladder.json").read_text())
    assert told["is_held"] == (told["said"]["low"] <= told["top"]["loss"] <= told["said"]["high"])
    assert f"{found.top.num_parameters:,} parameters" in (root / "reports" / "scaling" / "index.html").read_text()
    kept = {file: file.stat().st_mtime_ns for file in (root / ".aurl/searches/scaling").rglob("*.json")}
    assert scaling(made, root=root) == found
    assert {file: file.stat().st_mtime_ns for file in kept} == kept


def test_a_width_that_cannot_be_is_told_before_anything_is_trained(made: Params, root: Path) -> None:
    odd = made.model_copy(update={"scaling": LADDER.model_copy(update={"next_width": 17})})

    with pytest.raises(SettingError, match="scaling with width 17"):
        scaling(odd, root=root)
    assert not (root / ".aurl/searches").exists()
