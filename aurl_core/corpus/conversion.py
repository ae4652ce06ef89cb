"""Notation files to MIDI bytes, in parallel and each content once: results are kept in the store.

music21 is imported in the workers only, and only when there is something to convert.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from importlib.metadata import version
from typing import Final

from aurl_core.chunks import Casualty, ChunkPool
from aurl_core.code_hash import code_hash
from aurl_core.corpus.store import Store, key_of
from aurl_core.errors import InputError, ParseError
from aurl_core.parsing.rejection import Reason, Rejection
from aurl_core.parsing.sources import Source
from aurl_core.parsing.stated import Stated

ROOM: Final = "conversions"
"""Where the store keeps them."""
_FILES_PER_CHUNK: Final = 4
"""Conversion takes tenths of a second a file, so small chunks cost nothing and show progress."""
_KEYS_PER_LOOK: Final = 256
"""How many conversions are fetched from the store at a time, which bounds memory."""
_CODE: Final = (
    "aurl_core.corpus.conversion",
    "aurl_core.parsing.assembly",
    "aurl_core.parsing.notation",
    "aurl_core.parsing.parts",
    "aurl_core.parsing.repair_notes",
    "aurl_core.parsing.roles",
    "aurl_core.parsing.stated",
    "aurl_core.rendering.midi",
    "aurl_core.score",
)
"""The modules that decide what a conversion is."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of a notation file: a MIDI file, or the detail of why there is none."""

    midi: bytes = b""
    stated: Stated = field(default_factory=Stated)
    failure: str | None = None

    def packed(self) -> bytes:
        """As the store keeps it."""
        about = {"stated": asdict(self.stated), "failure": self.failure}
        return json.dumps(about).encode() + b"\n" + self.midi

    @classmethod
    def unpacked(cls, data: bytes) -> Conversion:
        """What `packed` made."""
        header, _, midi = data.partition(b"\n")
        about = json.loads(header)
        about["stated"]["style_tags"] = tuple(about["stated"]["style_tags"])
        return cls(midi, Stated(**about["stated"]), about["failure"])


def convert(
    sources: Sequence[Source],
    *,
    keep: Callable[[Source, bytes], None],
    pool: ChunkPool,
    store: Store,
    progress: Callable[[int, int], None],
) -> tuple[dict[str, Conversion], list[Rejection]]:
    """Convert sources: what each says of itself, by piece_id, and the rejections of those that have no MIDI.

    `keep` is given the MIDI of each as soon as it is there, so that never all of it is in memory. Progress is in files.
    """
    work = _Work(keep)
    missing = []
    for start in range(0, len(sources), _KEYS_PER_LOOK):
        batch = {source.piece_id: source for source in sources[start : start + _KEYS_PER_LOOK]}
        known = store.get(ROOM, map(_key_of, batch.values()))
        for source in batch.values():
            data = known.get(_key_of(source))
            if data is None:
                missing.append(source)
            else:
                work.settle(source, data)
    progress(work.num_done, len(sources))
    for outcome in pool.map(convert_files, missing, chunk_size=_FILES_PER_CHUNK) if missing else ():
        if isinstance(outcome, Casualty):
            work.lose(outcome.item, outcome.reason)
        else:
            store.put(ROOM, {_key_of(source): data for source, data in outcome})
            for source, data in outcome:
                work.settle(source, data)
        progress(work.num_done, len(sources))
    return work.conversions, work.rejections


@dataclass
class _Work:
    """What has become of sources so far."""

    keep: Callable[[Source, bytes], None]
    conversions: dict[str, Conversion] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def num_done(self) -> int:
        return len(self.conversions) + len(self.rejections)

    def settle(self, source: Source, data: bytes) -> None:
        """Take in a packed conversion."""
        conversion = Conversion.unpacked(data)
        if conversion.failure is None:
            self.keep(source, conversion.midi)
            self.conversions[source.piece_id] = replace(conversion, midi=b"")
        else:
            self.rejections.append(Rejection(source.path, source.piece_id, "notation", conversion.failure))

    def lose(self, source: Source, reason: Reason) -> None:
        self.rejections.append(Rejection(source.path, source.piece_id, reason, "while it was being converted"))


def convert_files(sources: list[Source]) -> list[tuple[Source, bytes]]:
    """Each source with its packed conversion; runs in a worker."""
    from aurl_core.parsing.notation import read_notation  # takes music21 along, which the parent never needs
    from aurl_core.rendering.midi import write_midi

    results = []
    for source in sources:
        try:
            notation = read_notation(source.file)
            conversion = Conversion(write_midi(notation.score), notation.stated)
        except ParseError as error:
            conversion = Conversion(failure=error.detail)
        except InputError as error:
            conversion = Conversion(failure=str(error))
        results.append((source, conversion.packed()))
    return results


def _key_of(source: Source) -> str:
    return key_of(source.sha256, source.file.suffix.lower(), _code())


@lru_cache(1)
def _code() -> str:
    return code_hash(*_CODE) + version("music21")
