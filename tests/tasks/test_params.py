"""params.yaml as it is committed, and every profile, can be used."""

import subprocess
from pathlib import Path

import pytest

from aurl_core.errors import SettingError
from tasks.params import Params, load_params
from tasks.profiles import PROFILES, profile_names, use_profile
from tasks.settings import flatten, read_settings

SHARED = ["seed", "paths", "cluster", "tracking"]
DATA = ["ingest", "parse", "quantize", "shard", "study"]
LEARNING = ["augment", "model", "train", "tune", "scaling", "generate", "evaluate", "export"]


def test_the_sections_are_the_ones_that_others_rely_on() -> None:
    assert list(Params.model_fields) == SHARED + DATA + LEARNING


def test_the_committed_params_are_the_base_profile(tmp_path: Path) -> None:
    committed = subprocess.run(["git", "show", "HEAD:params.yaml"], capture_output=True, check=False)
    if committed.returncode:
        pytest.skip("no git repository here, so nothing is committed")
    (tmp_path / "committed.yaml").write_bytes(committed.stdout)

    use_profile("base", target=tmp_path / "params.yaml")

    assert (tmp_path / "committed.yaml").read_text() == (tmp_path / "params.yaml").read_text()


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_can_be_used(name: str, tmp_path: Path) -> None:
    own = flatten(read_settings(PROFILES / f"{name}.yaml"))
    own.pop("extends", None)

    use_profile(name, target=tmp_path / "params.yaml")

    loaded = flatten(load_params(tmp_path / "params.yaml").model_dump(mode="json"))
    assert {path: loaded[path] for path in own} == own


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["train.losses.weights={kl: 1}"], "kl: needs latents, which model.mode transformer does not make"),
        (
            [
                "model.mode=vae",
                "model.encoder={num_layers: 1}",
                "model.latent={dim: 8}",
                "train.losses.weights={kl: 1}",
                "shard.tokenizer={kind: event, steps_per_beat: 24, out_of_range: fold}",
            ],
            "says no bar lines",
        ),
    ],
)
def test_sections_that_contradict_each_other_are_told_at_load(overrides, message, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=message):
        use_profile("base", overrides, target=tmp_path / "params.yaml")
