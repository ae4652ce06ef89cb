import doctest
from dataclasses import fields

import pytest

from aurl_core.tokens.losses import Losses
from aurl_core.tokens.params import BarTokenizerConfig, EventTokenizerConfig
from aurl_core.tokens.tokenizer import build_tokenizer
from tests.docs.pages import DOCS, codes, tables

PAGE = DOCS / "tokens.md"
CONFIGS = {
    "event": EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"),
    "bar": BarTokenizerConfig(steps_per_beat=24),
}


def test_the_example_says_what_it_prints():
    results = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert (results.failed, results.attempted) == (0, 9)


@pytest.mark.parametrize("kind", CONFIGS)
def test_every_token_stands_where_the_page_says(kind):
    tokens, end = build_tokenizer(CONFIGS[kind]).vocabulary.tokens, 0
    for names, first, count, _ in tables("tokens.md")[kind]:
        block = tokens[int(first) : int(first) + int(count)]
        assert int(first) == end
        assert set(codes(names)) <= set(block)
        assert (codes(names)[0], codes(names)[-1]) == (block[0], block[-1])
        end += int(count)
    assert end == len(tokens)


def test_the_special_tokens_are_the_first():
    text = PAGE.read_text(encoding="utf-8")
    rows = [line.split("|")[1:3] for line in text.splitlines() if line.startswith(("| 0", "| 1", "| 2", "| 3"))]
    named = {int(number): codes(name)[0] for number, name in rows}
    for config in CONFIGS.values():
        assert dict(enumerate(build_tokenizer(config).vocabulary.tokens[:4])) == named


def test_every_loss_is_told_of_in_the_page_of_tables():
    text = (DOCS / "data_format.md").read_text(encoding="utf-8")
    assert [field.name for field in fields(Losses) if f"`losses.{field.name}`" not in text] == []
