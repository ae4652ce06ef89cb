"""Settings are merged key by key, compared leaf by leaf, and mistakes in them are explained in one paragraph."""

import re
from pathlib import Path
from typing import Literal, Self

import pytest
from pydantic import Field, create_model, model_validator

from aurl_core.errors import MissingError, SettingError
from aurl_core.section import Section
from tasks.settings import check, difference, flatten, merge, read_settings


class Round(Section):
    kind: Literal["round"]
    radius: float


class Square(Section):
    kind: Literal["square"]
    side: float


class Drawing(Section):
    """A toy params.yaml."""

    width: int = Field(ge=1)
    shape: Round | Square = Field(discriminator="kind")


def test_numbers_are_read_as_dvc_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_text("rate: 3e-4\ntokens: 1e6\nswitch: on\n")

    assert read_settings(file) == {"rate": 0.0003, "tokens": 1_000_000.0, "switch": "on"}


def test_a_missing_file_names_the_command_that_writes_it(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="aurl params use base"):
        read_settings(tmp_path / "params.yaml")


@pytest.mark.parametrize("text", ["a: [1", "- 1\n- 2"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "params.yaml").write_text(text)

    with pytest.raises(SettingError, match=r"params\.yaml"):
        read_settings(tmp_path / "params.yaml")


def test_merging_keeps_what_the_overlay_does_not_name() -> None:
    settings = {"train": {"seconds": 1, "betas": [0.9, 0.95]}, "seed": 1}

    merge(settings, {"train": {"betas": [0.8]}})

    assert settings == {"train": {"seconds": 1, "betas": [0.8]}, "seed": 1}


def test_a_mapping_of_another_kind_is_replaced() -> None:
    settings = {"shape": {"kind": "round", "radius": 2}}

    merge(settings, {"shape": {"kind": "square", "side": 3}})

    assert settings == {"shape": {"kind": "square", "side": 3}}


def test_a_mapping_of_the_same_kind_is_merged() -> None:
    settings = {"shape": {"kind": "round", "radius": 2}}

    merge(settings, {"shape": {"radius": 3}})

    assert settings == {"shape": {"kind": "round", "radius": 3}}


def test_difference_names_leaves_that_went_came_and_changed() -> None:
    old = {"a": {"gone": 1, "changed": 2, "same": 3}}
    new = {"a": {"changed": 4, "same": 3, "came": 5}}

    assert difference(old, new) == ["- a.gone: 1", "a.changed: 2 → 4", "+ a.came: 5"]


def test_an_empty_mapping_is_a_leaf() -> None:
    assert flatten({"a": {}}) == {"a": {}}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"width": "wide"}, ["width is 'wide'", "valid integer", "params.yaml"]),
        ({"width": 0}, ["width is 0", "greater than or equal to 1"]),
        ({"widht": 3}, ["widht is no setting", "did you mean width?", "the sections are shape, width"]),
        (
            {"shape": {"kind": "round", "radius": 1, "side": 2}},
            ["shape.side is no setting", "the keys of shape are kind, radius"],
        ),
        ({"shape": {"kind": "oval"}}, ["'oval'", "'round', 'square'"]),
        ({"shape": {"kind": "round"}}, ["shape.radius is missing"]),
    ],
)
def test_a_mistake_is_told_with_its_value_the_valid_ones_and_the_file(settings: dict, words: list[str]) -> None:
    whole = {"width": 3, "shape": {"kind": "round", "radius": 1.0}} | settings

    with pytest.raises(SettingError) as caught:
        check(Drawing, whole, "params.yaml")

    message = str(caught.value)
    assert [word for word in words if word not in message] == []
    assert "\n" not in message


def test_many_mistakes_are_counted_not_listed() -> None:
    with pytest.raises(SettingError, match=r"And 3 more\."):
        check(Drawing, {f"unknown{number}": 1 for number in range(6)}, "params.yaml")


class Range(Section):
    """A section with a rule of its own."""

    bounds: tuple[int, ...]

    @model_validator(mode="after")
    def _rise(self) -> Self:
        if list(self.bounds) != sorted(self.bounds):
            raise ValueError(f"bounds {list(self.bounds)} do not rise; sort them")
        return self


@pytest.mark.parametrize(
    ("bounds", "sentence"),
    [([2, 1], "span: bounds [2, 1] do not rise; sort them."), (3, "span.bounds is 3: input should be a valid list.")],
)
def test_rules_and_lists_are_told_in_plain_words(bounds: object, sentence: str) -> None:
    with pytest.raises(SettingError, match=f"^params.yaml cannot be used. {re.escape(sentence)} Change"):
        check(create_model("Whole", span=(Range, ...)), {"span": {"bounds": bounds}}, "params.yaml")
