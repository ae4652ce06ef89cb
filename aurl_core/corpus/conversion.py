"""Notation files to MIDI bytes, in parallel and each content once: results are kept in the store.

music21 is imported in the workers only, and only when there is something to convert.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Final

from aurl_core.chunks import Casualty, ChunkPool
from aurl_core.corpus.store import Store, code_hash, key_of
from aurl_core.errors import InputError, ParseError
from aurl_core.parsing.rejection import Rejection
from aurl_core.parsing.sources import Source

_FILES_PER_CHUNK: Final = 4
"""Conversion takes tenths of a second a file, so small chunks cost nothing and show progress."""
_CODE: Final = (
    "aurl_core.corpus.conversion",
    "aurl_core.parsing.midi",
    "aurl_core.parsing.notation",
    "aurl_core.parsing.parts",
    "aurl_core.parsing.repair",
    "aurl_core.parsing.roles",
    "aurl_core.rendering.midi",
    "aurl_core.score",
)
"""The modules that decide what a conversion is."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of a notation file: a MIDI file, or the detail of why there is none."""

    midi: bytes = b""
    title: str | None = None
    composer: str | None = None
    failure: str | None = None

    def packed(self) -> bytes:
        about = {"title": self.title, "composer": self.composer, "failure": self.failure}
        return json.dumps(about).encode() + b"\n" + self.midi

    @classmethod
    def unpacked(cls, data: bytes) -> Conversion:
        about, _, midi = data.partition(b"\n")
        return cls(midi, **json.loads(about))


def convert(
    sources: Sequence[Source], *, pool: ChunkPool, store: Store, progress: Callable[[int, int], None]
) -> tuple[dict[str, Conversion], list[Rejection]]:
    """The conversion of each source by piece_id, and the sources that have none. Progress is in files."""
    keys = {source.piece_id: _key_of(source) for source in sources}
    known = store.get(keys.values())
    results = {name: Conversion.unpacked(known[key]) for name, key in keys.items() if key in known}
    missing = [source for source in sources if source.piece_id not in results]
    rejections = []
    done = len(results)
    progress(done, len(sources))
    for outcome in pool.map(convert_files, missing, chunk_size=_FILES_PER_CHUNK) if missing else ():
        if isinstance(outcome, Casualty):
            lost = outcome.item
            rejections.append(Rejection(lost.path, lost.piece_id, outcome.reason, "while it was being converted"))
            done += 1
        else:
            store.put({keys[name]: data for name, data in outcome.items()})
            results |= {name: Conversion.unpacked(data) for name, data in outcome.items()}
            done += len(outcome)
        progress(done, len(sources))
    for source in sources:
        result = results.get(source.piece_id)
        if result is not None and result.failure is not None:
            rejections.append(Rejection(source.path, source.piece_id, "notation", result.failure))
            del results[source.piece_id]
    return results, rejections


def convert_files(sources: list[Source]) -> dict[str, bytes]:
    """Packed conversions by piece_id; runs in a worker."""
    from aurl_core.parsing.notation import read_notation  # takes music21 along, which the parent never needs
    from aurl_core.rendering.midi import write_midi

    results = {}
    for source in sources:
        try:
            notation = read_notation(source.file)
            conversion = Conversion(write_midi(notation.score), notation.title, notation.composer)
        except ParseError as error:
            conversion = Conversion(failure=error.detail)
        except InputError as error:
            conversion = Conversion(failure=str(error))
        results[source.piece_id] = conversion.packed()
    return results


def _key_of(source: Source) -> bytes:
    return key_of(source.sha256, source.file.suffix.lower(), _code())


@lru_cache(1)
def _code() -> str:
    return code_hash(*_CODE) + version("music21")
