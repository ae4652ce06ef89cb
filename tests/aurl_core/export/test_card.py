import re

import pytest
import yaml

from aurl_core.export.card import corpus_facts
from aurl_core.models.params import TransformerConfig
from aurl_core.models.registry import build
from aurl_core.models.weights import save_model
from aurl_core.sums import write_sums
from aurl_core.tokens.params import EventTokenizerConfig
from aurl_core.tokens.tokenizer import build_tokenizer
from aurl_core.tokens.traits import TokenTraits


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


def test_its_code_writes_a_piece(card, tmp_path, monkeypatch):
    code = re.search(r"```python\n(.*?)```", card, flags=re.DOTALL).group(1)
    size = {"num_layers": 1, "num_heads": 1, "model_dim": 8, "feedforward_dim": 8, "context_length": 64}
    config = TransformerConfig(mode="transformer", feedforward="gelu", **size)
    folder = tmp_path / "data" / "exports"
    save_model(folder, build(config, TokenTraits.blank(774)))
    build_tokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold")).save(folder / "vocabulary.json")
    (folder / "bundle.json").write_text('{"format_version": 1}')
    write_sums(folder)
    monkeypatch.chdir(tmp_path)
    exec(code.replace("20.0", "0.0").replace("40.0", "2.0"), {})
    assert (tmp_path / "piece.mid").read_bytes()[:4] == b"MThd"
