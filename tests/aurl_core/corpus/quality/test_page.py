import re
from html.parser import HTMLParser

import pytest

from aurl_core.corpus.quality.page import PAGE_FILE, write_quality
from aurl_core.corpus.quality.table import TABLE_FILE


@pytest.fixture
def page(write_measurable, make_piece, tmp_path):
    def write(**more):
        scores = {f"piece {seed}": make_piece(seed) for seed in range(12)}
        scores |= {"endless <b>": make_piece(99, num_beats=3000)}
        write_quality(*write_measurable(scores, **more), tables=tmp_path / "tables", pages=tmp_path / "pages")
        assert (tmp_path / "tables" / TABLE_FILE).exists()
        return (tmp_path / "pages" / PAGE_FILE).read_text()

    return write


def text_of(html):
    found = []
    parser = HTMLParser()
    parser.handle_data = found.append
    parser.feed(html[html.index("<body>") :])
    return " ".join(" ".join(found).split())


def test_what_was_left_out_is_told_by_reason_with_a_remedy(page):
    rejections = [
        ("a.mid", None, "not_midi", "begins with <html>"),
        ("b.mid", None, "no_notes", ""),
        ("c.mid", None, "no_notes", ""),
    ]
    text = text_of(page(rejections=rejections))
    assert "13 pieces of music of 16 files" in text
    assert text.index("no notes 2 b.mid") < text.index("not midi 1 a.mid begins with <html> The content is not MIDI")


def test_an_outlier_is_listed_with_its_reason(page):
    assert re.search(r"1 piece lies far .* endless <b>\.mid (notes|length) [\d,]+( s)?, usually", text_of(page()))


def test_a_clean_corpus_says_so(page):
    text = text_of(page())
    assert "Every file that was found came in." in text
    assert "Nothing had to be mended." in text
    assert "No two pieces resemble each other." in text


def test_the_page_needs_nothing_beside_it(page):
    html = page()
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"|@import|url\(', html) == []
    targets = set(re.findall(r'href="#([\w-]+)"', html))
    assert targets <= set(re.findall(r'id="([\w-]+)"', html))
