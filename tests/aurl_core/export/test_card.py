import re

import pytest
import yaml

from aurl_core.export.card import corpus_facts


@pytest.fixture
def card(write):
    return (write()[0] / "README.md").read_text()


def test_the_front_matter_is_what_the_hub_reads(card):
    head = yaml.safe_load(card.split("---")[1])
    assert head["license"] == "cc-by-4.0"
    result = head["model-index"][0]["results"][0]
    assert {metric["type"]: metric["value"] for metric in result["metrics"]} == {
        "bits_per_note": 2.95,
        "nats_per_token": 0.76,
    }


def test_it_quotes_the_figures_of_train_and_evaluate(card):
    assert "| test | bits per note | 2.95 | 6.70 |" in card
    assert "| Entropy | bits | 3.03 (3.01 to 3.06) | 3.03 (3.01 to 3.06) | 0.250 | 0.700 |" in card
    assert "12.5 % of its" in card


def test_undefined_figures_are_dashes_and_what_is_beyond_its_floor_is_a_limit(card):
    assert "| Groove | share | – (– to –) |" in card
    assert "other real pieces are: Groove." in card
    assert "None" not in card


def test_it_says_what_the_model_was_trained_on(card):
    assert re.search(r"4 pieces with 256 notes", card)
    assert "| unknown | 4 |" in card
    assert "* unknown (4 pieces)" in card


def test_tables_are_whole(card):
    for block in re.findall(r"(?:^\|.*\n)+", card, flags=re.MULTILINE):
        rows = block.splitlines()
        assert len({row.count("|") for row in rows}) == 1
        assert re.fullmatch(r"\|[-:|]+\|", rows[1])


def test_corpus_facts_count_by_split_and_origin(sources):
    facts = corpus_facts(sources["corpus"])
    assert facts.num_pieces == {"train": 4, "validation": 2, "test": 3}
    assert facts.collections == [("made", 4)]
