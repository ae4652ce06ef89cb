import pytest

from aurl_core.parsing.texts import text_of


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Violín", "utf-8"), ("Violín", "latin-1"), ("Flügel – “leise”", "cp1252"), ("ピアノ", "shift-jis"),
        ("ピアノ", "utf-8"), ("序曲", "shift-jis"), ("Ménage à trois", "latin-1"),
    ],
)  # fmt: skip
def test_texts_are_read_as_they_were_meant(text, encoding):
    assert text_of(text.encode(encoding)) == text


def test_any_bytes_are_a_text():
    assert text_of(bytes([0x41, 0x81, 0x8D])) == "A\x81\x8d"
