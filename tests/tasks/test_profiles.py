"""A profile is the base with overlays; params.yaml is written from it whole, checked, or not at all."""

from pathlib import Path

import pytest

from aurl_core.errors import SettingError
from tasks.params import load_params
from tasks.profiles import PROFILES, overridden, parse_override, profile_names, use_profile, with_settings

OVERLAYS = {
    "two": "extends: base\ncluster:\n  workers: 2\n",
    "four": "extends: two\ncluster:\n  workers: 4\n",
    "left": "extends: right\n",
    "right": "extends: left\n",
    "wrong": "extends: base\ncluster:\n  worker: 2\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A profiles folder with the real base and overlays made for the tests."""
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    (profiles / "base.yaml").write_text((PROFILES / "base.yaml").read_text())
    for name, text in OVERLAYS.items():
        (profiles / f"{name}.yaml").write_text(text)
    return profiles


def test_an_overlay_of_an_overlay_wins_over_both(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "params.yaml"

    use_profile("four", folder=folder, target=target)

    assert load_params(target).cluster.workers == 4
    assert "profiles/base.yaml + two.yaml + four.yaml" in target.read_text()


def test_comments_of_the_base_survive(folder: Path, tmp_path: Path) -> None:
    use_profile("two", folder=folder, target=tmp_path / "params.yaml")

    assert "# One seed for the whole pipeline" in (tmp_path / "params.yaml").read_text()


def test_what_changed_is_told(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "params.yaml"
    use_profile("base", folder=folder, target=target)

    assert use_profile("two", folder=folder, target=target) == ["cluster.workers: 0 → 2"]
    assert use_profile("two", folder=folder, target=target) == []


def test_an_override_in_scientific_notation_becomes_an_integer(folder: Path, tmp_path: Path) -> None:
    use_profile("base", ["seed=1e6"], folder=folder, target=tmp_path / "params.yaml")

    assert "seed: 1000000\n" in (tmp_path / "params.yaml").read_text()


def test_without_a_name_the_settings_as_they_stand_are_changed(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "params.yaml"
    use_profile("two", ["seed=77"], folder=folder, target=target)

    changes = use_profile("", ["cluster.chunk_size=9"], folder=folder, target=target)

    assert [change.split(":")[0] for change in changes] == ["cluster.chunk_size"]
    assert (load_params(target).seed, load_params(target).cluster.workers) == (77, 2)
    assert "# One seed for the whole pipeline" in target.read_text()


def test_another_kind_keeps_what_it_shares_with_the_one_before(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "params.yaml"
    chosen = ["train.optimizer.schedule.floor=0.1", "train.optimizer.schedule.kind=cosine", "train.averaging.kind=none"]

    use_profile("base", chosen, folder=folder, target=target)

    train = load_params(target).train
    assert train.optimizer.schedule.model_dump() == {"kind": "cosine", "warmup_share": 0.02, "floor": 0.1}
    assert train.averaging.model_dump() == {"kind": "none"}


def test_a_trial_of_another_kind_has_the_defaults_of_that_kind() -> None:
    searched = overridden(load_params(PROFILES / "base.yaml"), ["tune.num_trials=3"])

    params = with_settings(searched, {"train.optimizer.kind": "adan"}, "a trial")

    assert params.train.optimizer.model_dump(include={"kind", "learning_rate", "betas"}) == {
        "kind": "adan",
        "learning_rate": 0.005,
        "betas": (0.98, 0.92, 0.99),
    }


@pytest.mark.parametrize(
    ("name", "override", "word"),
    [
        ("nine", "seed=1", "'nine' is no profile"),
        ("left", "seed=1", "circle"),
        ("wrong", "seed=1", "did you mean workers?"),
        ("base", "seed", "section.key=value"),
        ("base", "seed=[1", "not valid YAML"),
        ("base", "seed=many", "seed is 'many'"),
        ("base", "seed.deep=1", "not a section"),
        ("base", "cluster.wokers=1", "did you mean workers?"),
        ("base", "train.optimizer.schedule.kind=cosin", "'cosin' found"),
    ],
)
def test_a_mistake_leaves_params_yaml_as_it_was(
    folder: Path, tmp_path: Path, name: str, override: str, word: str
) -> None:
    target = tmp_path / "params.yaml"
    target.write_text("before")

    with pytest.raises(SettingError, match=word.replace("?", r"\?")):
        use_profile(name, [override], folder=folder, target=target)

    assert target.read_text() == "before"


def test_an_override_may_hold_a_list_and_equal_signs() -> None:
    assert parse_override("ingest.collections=[bach, 'a=b']") == (["ingest", "collections"], ["bach", "a=b"])


def test_base_comes_first_among_the_names(folder: Path) -> None:
    assert profile_names(folder) == ["base", "four", "left", "right", "two", "wrong"]


def test_what_becomes_another_kind_takes_the_defaults_of_that(tmp_path: Path) -> None:
    use_profile("base", target=tmp_path / "params.yaml")
    params = load_params(tmp_path / "params.yaml")

    changed = overridden(params, ["tune.sampler.kind=random", "tune.pruner.kind=none", "train.optimizer.kind=adamw"])

    assert (changed.tune.sampler.kind, changed.tune.pruner.kind) == ("random", "none")
    assert changed.train.optimizer.learning_rate == params.train.optimizer.learning_rate
