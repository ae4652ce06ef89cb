from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from aurl_core.training.optimization.averaging_params import AveragingParams
from aurl_core.training.optimization.params import OptimizerParams, SharedParams
from tasks.params import Params
from tests.docs.pages import DOCS, codes, settings_of, tables

PROFILES = Path(__file__).parents[2] / "profiles"


@pytest.mark.parametrize(
    ("page", "section"),
    [
        ("HOW_TO_TRAIN.md", "train"),
        ("HOW_TO_TRAIN.md", "augment"),
        ("HOW_TO_TRAIN.md", "tune"),
        ("HOW_TO_TRAIN.md", "scaling"),
        ("HOW_TO_TRAIN.md", "tracking"),
        ("HOW_TO_GENERATE.md", "generate"),
    ],
)
def test_every_setting_of_a_section_is_explained(page: str, section: str) -> None:
    model = Params.model_fields[section].annotation
    assert isinstance(model, type)
    assert [codes(row[0])[0] for row in tables(page)[section]] == list(settings_of(model))


def test_every_setting_of_every_optimizer_is_explained() -> None:
    members = get_args(get_args(OptimizerParams)[0])
    shared = list(settings_of(SharedParams))
    section = sections_between("### Choosing an optimizer", "### `model`")

    assert [codes(row[0])[0] for row in tables("HOW_TO_TRAIN.md")["train.optimizer"]] == shared
    for member in [*members, *get_args(get_args(AveragingParams)[0]), *union_of("clip"), *union_of("schedule")]:
        [kind] = get_args(member.model_fields["kind"].annotation)
        [row] = [line for line in section.splitlines() if line.startswith(f"| `{kind}` |")]
        own = set(member.model_fields) - set(SharedParams.model_fields) - {"kind"}
        assert own <= set(codes(row)), kind


def union_of(field: str) -> tuple[type[BaseModel], ...]:
    return get_args(SharedParams.model_fields[field].annotation)


def sections_between(start: str, end: str) -> str:
    text = (DOCS / "HOW_TO_TRAIN.md").read_text(encoding="utf-8")
    return text[text.index(start) : text.index(end)]


def test_every_profile_is_introduced() -> None:
    text = (DOCS / "HOW_TO_TRAIN.md").read_text(encoding="utf-8")
    assert [path.stem for path in PROFILES.glob("*.yaml") if f"| `{path.stem}` |" not in text] == []
