"""What a MIDI file says of itself before its music begins: title, composer, licence. Its music is read in midi.py.

The title is the name of the first track where that has nothing to play, or the first of karaoke's @T lines, of which
the second is taken for the composer; so is what follows "Composer:" or "Music by". The licence is the copyright event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from aurl_core.parsing.texts import text_of

_TEXT, _COPYRIGHT, _NAME = 1, 2, 3
_META, _SYSEX, _SYSEX_REST, _LEAST_STATUS = 0xFF, 0xF0, 0xF7, 0x80
_HEADER: Final = 4096
"""Bytes of a track in which something is looked for."""
_TRACKS: Final = 3
"""Tracks that are looked into; karaoke has its titles in the second or third."""
_BY: Final = re.compile(r"(?:composed by|composer|music by|words (?:and|&) music by)\b[:\s]*(\S.*)", re.IGNORECASE)
_NO_TITLE: Final = re.compile(
    r"\W*(untitled|unnamed|no ?name|unknown|smooth|soft karaoke|words|lyrics|piano|melody|bass|drums"
    r"|(tempo|control|conductor|master|new|midi|global)?[ _]?"
    r"(track|part|staff|seq|sequence|song|conductor|tempo|score)?)\W*\d*\W*",
    re.IGNORECASE,
)
"""Names that sequencers give, or that say what a track is for."""
_KARAOKE_TITLE: Final = "@T"


@dataclass(frozen=True, slots=True)
class Stated:
    """What is known of a piece beside its music; None where nothing is."""

    title: str | None = None
    composer: str | None = None
    genre: str | None = None
    year: int | None = None
    style_tags: tuple[str, ...] = ()
    licence_note: str | None = None


def filled_up(first: Stated, *others: Stated) -> Stated:
    """What the first says, and where it says nothing what the next one does.

    >>> filled_up(Stated(title="Air"), Stated(title="Suite", year=1731))
    Stated(title='Air', composer=None, genre=None, year=1731, style_tags=(), licence_note=None)
    """
    said = {one.name: [getattr(stated, one.name) for stated in (first, *others)] for one in fields(Stated)}
    return Stated(**{name: next(filter(None, values), values[0]) for name, values in said.items()})


def stated_in(data: bytes) -> Stated:
    """What the first bytes of a MIDI file's first tracks say; nothing if they are none."""
    names, texts, rights = list[str](), list[str](), list[str]()
    for number, track in enumerate(_tracks(data)):
        metas, is_played = _opening(track)
        texts += [text for kind, text in metas if kind == _TEXT]
        rights += [text for kind, text in metas if kind == _COPYRIGHT]
        names += [text for kind, text in metas if kind == _NAME and not number and not is_played]
    karaoke = [text.removeprefix(_KARAOKE_TITLE).strip() for text in texts if text.startswith(_KARAOKE_TITLE)]
    titles = [text for text in (*karaoke[:1], *names) if not _NO_TITLE.fullmatch(text)]
    named = [found.group(1).strip() for text in texts if (found := _BY.match(text))]
    return Stated(
        title=next(iter(titles), None),
        composer=next(iter((*named, *karaoke[1:2])), None) or None,
        licence_note=next(iter(rights), None),
    )


def _tracks(data: bytes) -> Iterator[bytes]:
    """The beginnings of the first tracks."""
    at = data.find(b"MTrk", 0, 256)
    for _ in range(_TRACKS):
        if at < 0 or data[at : at + 4] != b"MTrk":
            return
        size = int.from_bytes(data[at + 4 : at + 8])
        yield data[at + 8 : at + 8 + min(size, _HEADER)]
        at += 8 + size


def _opening(track: bytes) -> tuple[list[tuple[int, str]], bool]:
    """The texts before any time has passed, and whether anything is played or set there."""
    metas: list[tuple[int, str]] = []
    at = 0
    while at + 3 < len(track) and track[at] == 0:
        status = track[at + 1]
        if status not in (_META, _SYSEX, _SYSEX_REST):
            return metas, status >= _LEAST_STATUS
        kind, at = (track[at + 2], at + 3) if status == _META else (-1, at + 2)
        size, at = _variable(track, at)
        content, at = track[at : at + size], at + size
        if kind in (_TEXT, _COPYRIGHT, _NAME) and len(content) == size:
            metas.append((kind, " ".join(text_of(content).split())))
    return metas, False


def _variable(track: bytes, at: int) -> tuple[int, int]:
    """A number of variable length, and where what follows it begins."""
    value = 0
    while at < len(track):
        value, at = value << 7 | track[at] & 0x7F, at + 1
        if track[at - 1] < _LEAST_STATUS:
            break
    return value, at
