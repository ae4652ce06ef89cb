from pathlib import Path

import pytest

from tasks.params import Params
from tests.docs.pages import DOCS, codes, settings_of, tables

PROFILES = Path(__file__).parents[2] / "profiles"


@pytest.mark.parametrize(
    ("page", "section"),
    [
        ("HOW_TO_TRAIN.md", "train"),
        ("HOW_TO_TRAIN.md", "augment"),
        ("HOW_TO_GENERATE.md", "generate"),
    ],
)
def test_every_setting_of_a_section_is_explained(page: str, section: str) -> None:
    model = Params.model_fields[section].annotation
    assert isinstance(model, type)
    assert [codes(row[0])[0] for row in tables(page)[section]] == list(settings_of(model))


def test_every_profile_is_introduced() -> None:
    text = (DOCS / "HOW_TO_TRAIN.md").read_text(encoding="utf-8")
    assert [path.stem for path in PROFILES.glob("*.yaml") if f"| `{path.stem}` |" not in text] == []
