"""From MIDI files to parsed shards: the manifest's pieces as tables in ticks, with rejections and repairs on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from aurl_core.chunks import Casualty, ChunkPool
from aurl_core.corpus.arrays import named
from aurl_core.corpus.raw import ManifestRow, read_manifest
from aurl_core.corpus.rejections import count_by_reason, read_rejections, write_rejections
from aurl_core.corpus.schema import PARSED_EVENTS, PARSED_NOTES, PARSED_PIECES, REPAIRS, TRACKS
from aurl_core.corpus.shards import PARSED, PieceTables, ShardWriter, write_table
from aurl_core.corpus.tables import joined, table_of
from aurl_core.errors import InputError
from aurl_core.parsing.params import ParseParams
from aurl_core.parsing.parser import Piece, parse_file
from aurl_core.parsing.rejection import Rejection
from aurl_core.score.score import EVENT_KINDS
from aurl_core.score.time import TempoMap

REPAIRS_FILE: Final = "repairs.parquet"


class Folders(NamedTuple):
    """Where the paths of a manifest lead."""

    raw: Path
    """data/raw, for the MIDI that was made of notation."""
    source: Path
    """The source folder, for a person's own MIDI."""


@dataclass(frozen=True, slots=True)
class ParsedFiles:
    """What became of some files."""

    tables: PieceTables
    repairs: pa.Table
    rejections: list[Rejection]


@dataclass(frozen=True, slots=True)
class ParseTally:
    """What parsing came to."""

    num_files: int
    """Files found, those that ingest rejected included."""
    num_pieces: int
    num_notes: int
    rejections: dict[str, int]
    """Files left out, by reason."""
    repairs: dict[str, int]
    """Repairs, by kind."""


def parse_corpus(
    folders: Folders, target: Path, params: ParseParams, *, pool: ChunkPool, progress: Callable[[int, int], None]
) -> ParseTally:
    """Parse every piece of the manifest into shards in `target`, beside rejections.parquet and repairs.parquet.

    Progress is in files. Raises InputError if none could be parsed.
    """
    rows, rejections = read_manifest(folders.raw), read_rejections(folders.raw)
    num_files = len(rows) + len(rejections)
    writer = ShardWriter(target, PARSED, params.notes_per_shard)
    repairs: list[pa.Table] = []
    num_pieces = num_notes = done = 0
    for outcome in pool.map(partial(parse_files, folders=folders, params=params), rows):
        if isinstance(outcome, Casualty):
            row = outcome.item
            rejections.append(Rejection(row["path"], row["piece_id"], outcome.reason, "while it was being parsed"))
            done += 1
        else:
            writer.add(outcome.tables)
            repairs.append(outcome.repairs)
            rejections += outcome.rejections
            num_pieces += len(outcome.tables.pieces)
            num_notes += len(outcome.tables.notes)
            done += len(outcome.tables.pieces) + len(outcome.rejections)
        progress(done, len(rows))
    rejections.sort(key=lambda rejection: rejection.path)
    if not num_pieces:
        raise InputError(_nothing_parsed(folders.source, rejections))
    writer.close()
    ledger = joined(REPAIRS, repairs)
    write_rejections(target, rejections)
    write_table(target / REPAIRS_FILE, ledger)
    return ParseTally(num_files, num_pieces, num_notes, count_by_reason(rejections), _count_by_kind(ledger))


def parse_files(rows: list[ManifestRow], *, folders: Folders, params: ParseParams) -> ParsedFiles:
    """Parse the files of some rows of the manifest; runs in a worker."""
    parsed: list[tuple[ManifestRow, Piece]] = []
    rejections: list[Rejection] = []
    for row in rows:
        file = (folders.raw if row["is_converted"] else folders.source) / row["midi_path"]
        outcome = parse_file(file, params, path=row["path"], piece_id=row["piece_id"])
        if isinstance(outcome, Rejection):
            rejections.append(outcome)
        else:
            parsed.append((row, outcome))
    pieces = [piece for _, piece in parsed]
    return ParsedFiles(parsed_tables(parsed), _repairs_table(pieces), rejections)


def parsed_tables(parsed: Sequence[tuple[ManifestRow, Piece]]) -> PieceTables:
    """The rows of some pieces, each with its row of the manifest, in the four parsed tables."""
    pieces = [piece for _, piece in parsed]
    return PieceTables(_pieces_table(parsed), _notes_table(pieces), _tracks_table(pieces), _events_table(pieces))


def _pieces_table(parsed: Sequence[tuple[ManifestRow, Piece]]) -> pa.Table:
    rows = [
        {
            **row,
            "ticks_per_beat": piece.score.ticks_per_beat,
            "num_notes": len(piece.score.notes),
            "num_tracks": len(piece.score.tracks),
            "duration_ticks": piece.score.music_end,
            "duration_seconds": float(TempoMap.of(piece.score).seconds(piece.score.music_end)),
            "fingerprint": piece.fingerprint,
            "num_repairs": sum(len(repairs) for repairs in piece.repairs),
        }
        for row, piece in parsed
    ]
    return table_of(PARSED_PIECES, {name: [row[name] for row in rows] for name in PARSED_PIECES.names})


def _notes_table(pieces: Sequence[Piece]) -> pa.Table:
    scores = [piece.score for piece in pieces]
    maps = [TempoMap.of(score) for score in scores]
    onset_seconds = _joined([tempo.seconds(score.notes.onset) for tempo, score in zip(maps, scores, strict=True)])
    offset_seconds = _joined([tempo.seconds(score.notes.offset) for tempo, score in zip(maps, scores, strict=True)])
    counts = [len(score.notes) for score in scores]
    columns = {
        "piece_id": _ids(pieces, counts),
        "note_index": _joined([np.arange(count, dtype=np.uint32) for count in counts]),
        "track": _joined([score.notes.track for score in scores]),
        "onset_ticks": _joined([score.notes.onset for score in scores]),
        "duration_ticks": _joined([score.notes.duration for score in scores]),
        "onset_seconds": onset_seconds,
        "duration_seconds": offset_seconds - onset_seconds,
        "pitch": _joined([score.notes.pitch for score in scores]),
        "velocity": _joined([score.notes.velocity for score in scores]),
    }
    return table_of(PARSED_NOTES, columns)


def _tracks_table(pieces: Sequence[Piece]) -> pa.Table:
    tracks = [track for piece in pieces for track in piece.score.tracks]
    counts = [len(piece.score.tracks) for piece in pieces]
    columns: dict[str, Any] = {
        "piece_id": _ids(pieces, counts),
        "track": _joined([np.arange(count, dtype=np.uint16) for count in counts]),
    }
    for name in TRACKS.names[2:]:
        columns[name] = [getattr(track, name) for track in tracks]
    return table_of(TRACKS, columns)


def _events_table(pieces: Sequence[Piece]) -> pa.Table:
    events = [piece.score.events for piece in pieces]
    columns = {
        "piece_id": _ids(pieces, [len(some) for some in events]),
        "onset_ticks": _joined([some.onset for some in events]),
        "kind": named(_joined([some.kind for some in events]), EVENT_KINDS),
        "track": _joined([some.track for some in events]),
        "number": _joined([some.number for some in events]),
        "value": _joined([some.value for some in events]),
        "text": _joined([some.text for some in events]),
    }
    return table_of(PARSED_EVENTS, columns)


def _repairs_table(pieces: Sequence[Piece]) -> pa.Table:
    found = [(piece.piece_id, repairs) for piece in pieces for repairs in piece.repairs]
    columns = {
        "piece_id": [piece_id for piece_id, repairs in found for _ in range(len(repairs))],
        "note_index": [index for _, repairs in found for index in repairs.note_index],
        "kind": [repairs.kind for _, repairs in found for _ in range(len(repairs))],
        "before": [text for _, repairs in found for text in repairs.before],
        "after": [text for _, repairs in found for text in repairs.after],
    }
    return table_of(REPAIRS, columns)


def _ids(pieces: Sequence[Piece], counts: Sequence[int]) -> pa.DictionaryArray:
    """Each piece's id as often as it has rows."""
    numbers = np.repeat(np.arange(len(pieces), dtype=np.int32), counts)
    return named(numbers, [piece.piece_id for piece in pieces])


def _joined(columns: Sequence[Any]) -> Any:
    return np.concatenate(columns) if columns else np.zeros(0, np.int32)


def _count_by_kind(repairs: pa.Table) -> dict[str, int]:
    return dict(sorted(Counter(repairs["kind"].cast(pa.string()).to_pylist()).items()))


def _nothing_parsed(source: Path, rejections: Sequence[Rejection]) -> str:
    first = rejections[0]
    return (
        f"none of the {len(rejections)} files in {source} could be parsed: {count_by_reason(rejections)}; the first is "
        f"{first.path}: {first.detail}. {first.remedy}"
    )
