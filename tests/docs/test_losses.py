import re

import pytest
import yaml

from aurl_core.losses.params import FAMILY_OF, NAMES, LossParams
from aurl_core.losses.registry import COMPONENTS
from tests.docs.pages import DOCS, codes, fenced, settings_of, tables

PAGE = "losses.md"
PAPER = re.compile(r"arXiv:\d{4}\.\d{5}")
SOURCES = {codes(row[0])[0]: row[3] for family in NAMES for row in tables(PAGE)[family]}


@pytest.mark.parametrize("family", NAMES)
def test_every_component_of_a_family_is_in_its_table(family):
    assert [codes(row[0]) for row in tables(PAGE)[family]] == [[name] for name in NAMES[family]]


@pytest.mark.parametrize("name", [name for name, loss in COMPONENTS.items() if PAPER.search(loss.__doc__ or "")])
def test_the_paper_of_a_component_is_named_in_the_table(name):
    assert PAPER.findall(SOURCES[name])[0] in (COMPONENTS[name].__doc__ or "")


def test_the_number_of_components_and_the_example_hold():
    [example] = fenced(PAGE, "yaml")
    params = LossParams(**yaml.safe_load(example)["train"]["losses"])
    assert params.names_on() == ("token_cross_entropy", "voice_leading", "kl")
    assert f"{len(FAMILY_OF)} components" in (DOCS / PAGE).read_text(encoding="utf-8")


def test_every_setting_is_explained():
    assert [codes(row[0])[0] for row in tables(PAGE)["losses"]] == list(settings_of(LossParams))
