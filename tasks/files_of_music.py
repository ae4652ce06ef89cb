"""One file of music read or written, whatever its format: for the commands, which take any. Rooms own the formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from aurl_core.errors import InputError
from aurl_core.files import write_whole
from aurl_core.parsing.params import ParseParams
from aurl_core.parsing.rejection import Rejection
from aurl_core.parsing.repair import Repairs
from aurl_core.parsing.sources import FORMATS
from aurl_core.score.score import Score


def read_music(file: Path, params: ParseParams) -> tuple[Score, list[Repairs]]:
    """The score in a MIDI or notation file, and what had to be repaired; InputError says why there is none."""
    if not file.is_file():
        raise InputError(f"{file} is no file.")
    if file.suffix.lower() not in FORMATS:
        raise InputError(f"{file} cannot be read: {file.suffix or 'no ending'} is none of {', '.join(FORMATS)}.")
    if FORMATS[file.suffix.lower()] != "midi":
        from aurl_core.parsing.notation import read_notation

        return read_notation(file).score, []
    from aurl_core.parsing.parser import parse_file

    found = parse_file(file, params)
    if isinstance(found, Rejection):
        raise InputError(f"{file} holds no music that can be read ({found.reason}: {found.detail}). {found.remedy}")
    return found.score, found.repairs


def write_music(score: Score, file: Path) -> None:
    """Write a score in the format that the ending of `file` names; InputError lists the ones there are."""
    write = WRITERS.get(file.suffix.lower())
    if write is None:
        raise InputError(f"{file} cannot be written: {file.suffix or 'no ending'} is none of {', '.join(WRITERS)}.")
    write_whole(file, write(score, file.stem))


def _midi(score: Score, title: str) -> bytes:
    from aurl_core.rendering.midi import write_midi

    return write_midi(score)


def _musicxml(score: Score, title: str) -> str:
    from aurl_core.rendering.musicxml import write_musicxml

    return write_musicxml(score, title=title)


def _wav(score: Score, title: str) -> bytes:
    from aurl_core.rendering.audio import render_audio, write_wav

    return write_wav(render_audio(score))


def _svg(score: Score, title: str) -> str:
    from aurl_core.rendering.notation import engrave, stack_pages

    return stack_pages(engrave(_musicxml(score, title)))


WRITERS: Mapping[str, Callable[[Score, str], bytes | str]] = {
    ".mid": _midi,
    ".midi": _midi,
    ".musicxml": _musicxml,
    ".xml": _musicxml,
    ".wav": _wav,
    ".svg": _svg,
}
"""What makes the content of a file, by its ending; takes the score and a title."""
