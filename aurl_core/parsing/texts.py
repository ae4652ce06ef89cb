"""The text of MIDI files, whose standard promises ASCII and whose files hold whatever their writers' machines did."""

from __future__ import annotations

import re
from typing import Final

_JAPANESE: Final = re.compile("[\u3040-\u30ff\u4e00-\u9fff\uff01-\uff5e]")
_LEAST_JAPANESE: Final = 2
"""A single character may be two letters of another alphabet by chance."""


def text_of(content: bytes) -> str:
    """The text that these bytes most likely mean: UTF-8 if they are that; Shift-JIS if they are that and most of its
    characters are Japanese; else Windows-1252, with Latin-1 for the five bytes it leaves free.

    >>> text_of("Violín".encode("latin-1")), text_of("ピアノ".encode("shift-jis"))
    ('Violín', 'ピアノ')
    """
    try:
        return content.decode()
    except UnicodeDecodeError:
        return _japanese(content) or _western(content)


def _japanese(content: bytes) -> str:
    """The text as Shift-JIS; empty if it is none."""
    try:
        text = content.decode("cp932")
    except UnicodeDecodeError:
        return ""
    count = len(_JAPANESE.findall(text))
    return text if count >= _LEAST_JAPANESE and 2 * count >= len(text) else ""


def _western(content: bytes) -> str:
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        return content.decode("latin-1")
