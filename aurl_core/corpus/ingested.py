"""From a source folder to data/raw: the manifest, the MIDI that had to be made, and what cannot come in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from aurl_core.chunks import ChunkPool
from aurl_core.corpus.conversion import Conversion, convert
from aurl_core.corpus.raw import ManifestRow, write_manifest
from aurl_core.corpus.rejections import count_by_reason, write_rejections
from aurl_core.corpus.store import Store
from aurl_core.errors import InputError
from aurl_core.parsing.params import IngestParams
from aurl_core.parsing.rejection import Rejection
from aurl_core.parsing.sources import MUSIC21, MUSIC21_LICENCE, Source, find_sources
from aurl_core.parsing.stated import Stated, filled_up

MIDI_FOLDER: Final = "midi"


@dataclass(frozen=True, slots=True)
class IngestTally:
    """What came in."""

    num_pieces: int
    num_converted: int
    num_bytes: int
    """Size of the sources that came in."""
    rejections: dict[str, int]
    """Files left out, by reason."""


def ingest_corpus(
    target: Path, params: IngestParams, *, pool: ChunkPool, store: Store, progress: Callable[[int, int], None]
) -> IngestTally:
    """Fill `target` with manifest.parquet, rejections.parquet and midi/<path>.mid for each notation file.

    A person's own MIDI stays where it is. Progress is in files to convert. Raises InputError if the folder is missing,
    holds no music, or none that could be converted.
    """

    def keep(source: Source, midi: bytes) -> None:
        file = target / _midi_path(source)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(midi)

    sources, rejections = find_sources(params)
    notated = [source for source in sources if source.format != "midi"]
    conversions, unconverted = convert(notated, keep=keep, pool=pool, store=store, progress=progress)
    rejections = sorted([*rejections, *unconverted], key=lambda rejection: rejection.path)
    lost = {rejection.path for rejection in unconverted}
    kept = [source for source in sources if source.path not in lost]
    if not kept:
        raise InputError(_nothing_left(params, rejections))
    is_music21 = params.source == MUSIC21
    write_manifest(target, [_manifest_row(s, conversions.get(s.piece_id), is_music21=is_music21) for s in kept])
    write_rejections(target, rejections)
    return IngestTally(len(kept), len(conversions), sum(s.bytes for s in kept), count_by_reason(rejections))


def _manifest_row(source: Source, conversion: Conversion | None, *, is_music21: bool) -> ManifestRow:
    stated = filled_up(source.stated, conversion.stated if conversion else Stated())
    return {
        "piece_id": source.piece_id,
        "path": source.path,
        "midi_path": source.path if conversion is None else _midi_path(source),
        "is_converted": conversion is not None,
        "sha256": source.sha256,
        "bytes": source.bytes,
        "format": source.format,
        "title": stated.title or PurePosixPath(source.path).stem,
        "composer": stated.composer,
        "collection": source.collection,
        "genre": stated.genre,
        "year": stated.year,
        "style_tags": list(stated.style_tags),
        "licence_note": MUSIC21_LICENCE if is_music21 else stated.licence_note,
    }


def _midi_path(source: Source) -> str:
    """Where the MIDI made of a notation file lies, relative to data/raw; with its whole name, so that none clash."""
    return f"{MIDI_FOLDER}/{source.path}.mid"


def _nothing_left(params: IngestParams, rejections: Sequence[Rejection]) -> str:
    first = rejections[0]
    return (
        f"none of the {len(rejections)} files in {params.source!r} (ingest.source) can be used: "
        f"{count_by_reason(rejections)}; the first is {first.path}: {first.detail}. {first.remedy}"
    )
