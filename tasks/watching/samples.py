"""The samples of a training to hear and to see: MIDI files made into sound and a picture when somebody asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from aurl_core.errors import AurlError
from aurl_core.parsing.params import ParseParams

NAME: Final = re.compile(r"[0-9]{1,20}-[0-9]{1,6}")
"""Tokens seen and number: `000000360448-0`."""
_RATE: Final = 22_050
_KEPT: Final = 64
_WIDTH, _HEIGHT = 1000, 220


@dataclass(frozen=True)
class Samples:
    """Those in a folder; what was made once is kept as long as the file has not changed."""

    params: ParseParams
    _made: Callable[[Path, str, float], bytes | None] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_made", lru_cache(maxsize=_KEPT)(self._make))

    def names(self, folder: Path) -> list[str]:
        """Without their ending, in the order in which they were made."""
        return sorted(path.stem for path in folder.glob("*.mid") if NAME.fullmatch(path.stem))

    def file(self, folder: Path, name: str, ending: str) -> bytes | None:
        """A sample as mid, mp3 or svg; None if there is no such sample, or if it holds no music."""
        if not NAME.fullmatch(name) or ending not in MAKERS:
            return None
        path = folder / f"{name}.mid"
        return self._made(path, ending, path.stat().st_mtime) if path.is_file() else None

    def _make(self, path: Path, ending: str, _changed: float) -> bytes | None:
        try:
            return MAKERS[ending](path, self.params)
        except AurlError:  # a model that has learned little may write nothing
            return None


def _midi(path: Path, params: ParseParams) -> bytes:
    return path.read_bytes()


def _mp3(path: Path, params: ParseParams) -> bytes:
    from aurl_core.rendering.audio import render_audio, write_mp3
    from tasks.files_of_music import read_music

    score, _ = read_music(path, params)
    return write_mp3(render_audio(score, sample_rate=_RATE), sample_rate=_RATE)


def _svg(path: Path, params: ParseParams) -> bytes:
    from aurl_core.rendering.piano_roll import draw_piano_roll
    from tasks.files_of_music import read_music

    score, _ = read_music(path, params)
    return draw_piano_roll(score, width=_WIDTH, height=_HEIGHT).encode()


MAKERS: Final[Mapping[str, Callable[[Path, ParseParams], bytes]]] = MappingProxyType(
    {"mid": _midi, "mp3": _mp3, "svg": _svg}
)
