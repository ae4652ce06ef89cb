"""params.yaml as it is committed, and every profile, can be used."""

from pathlib import Path

import pytest

from tasks.params import Params, load_params
from tasks.profiles import profile_names, use_profile

SHARED = ["seed", "paths", "cluster", "tracking"]
DATA = ["ingest", "parse", "quantize", "shard", "study"]
LEARNING = ["augment", "model", "train", "generate", "evaluate", "export"]


def test_the_sections_are_the_ones_that_others_rely_on() -> None:
    assert list(Params.model_fields) == SHARED + DATA + LEARNING


def test_the_committed_params_are_the_base_profile(tmp_path: Path) -> None:
    use_profile("base", target=tmp_path / "params.yaml")

    assert load_params() == load_params(tmp_path / "params.yaml")


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_can_be_used(name: str, tmp_path: Path) -> None:
    use_profile(name, target=tmp_path / "params.yaml")

    load_params(tmp_path / "params.yaml")
