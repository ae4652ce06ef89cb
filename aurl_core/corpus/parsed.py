"""From MIDI files to parsed sets: the manifest's pieces as tables in ticks, with rejections and repairs on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aurl_core.chunks import ChunkPool
from aurl_core.code_hash import code_hash
from aurl_core.corpus.cuts import cut_into_sets
from aurl_core.corpus.figures import figures_table
from aurl_core.corpus.raw import ManifestRow, read_manifest
from aurl_core.corpus.rejections import count_by_reason, read_rejections, write_rejections
from aurl_core.corpus.schema import MANIFEST, PARSED_EVENTS, PARSED_NOTES, PARSED_PIECES, REPAIRS
from aurl_core.corpus.sets import Made, SetPlan, Tables, Tally, build_sets, counting, rejections_of
from aurl_core.corpus.store import Store, key_of
from aurl_core.corpus.tables import content_hash, end_to_end, events_table, repeated, table_of, tracks_table
from aurl_core.errors import InputError
from aurl_core.parsing.params import ParseParams
from aurl_core.parsing.parser import Piece, parse_file
from aurl_core.parsing.rejection import Reason, Rejection
from aurl_core.score.time import TempoMap

CODE: Final = (
    "aurl_core.parsing",
    "aurl_core.score",
    *(
        f"aurl_core.corpus.{name}"
        for name in ("arrays", "figures", "parsed", "rejections", "schema", "sets", "shards", "tables")
    ),
)
"""The modules that decide what becomes of a file."""
_BYTES_PER_MB: Final = 1_000_000
_PIECE_COLUMNS: Final = [name for name in PARSED_PIECES.names if name in MANIFEST.names]
"""What the pieces have from the manifest."""


class Folders(NamedTuple):
    """Where the paths of a manifest lead."""

    raw: Path
    """data/raw, for the MIDI that was made of notation."""
    source: Path
    """The source folder, for a person's own MIDI."""


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


@dataclass(frozen=True)
class FileParser:
    """Makes the tables of files; see `sets.Maker`."""

    folders: Folders
    params: ParseParams
    room: ClassVar[str] = "parsed"

    def make(self, items: Sequence[ManifestRow]) -> Made:
        """The six tables of the files that rows of the manifest name."""
        parsed, rejections = [], list[Rejection]()
        for row in items:
            file = (self.folders.raw if row["is_converted"] else self.folders.source) / row["midi_path"]
            outcome = parse_file(file, self.params, path=row["path"], piece_id=row["piece_id"])
            if isinstance(outcome, Rejection):
                rejections.append(outcome)
            else:
                parsed.append((row, outcome))
        return Made(parsed_tables(parsed), rejections)

    def tally(self, tables: Tables) -> Tally:
        kinds = pc.value_counts(tables["repairs"]["kind"].cast(pa.string())).to_pylist()
        return {
            "num_pieces": len(tables["pieces"]),
            "num_notes": len(tables["notes"]),
            "repairs": {one["values"]: one["counts"] for one in kinds},
        }

    def rejected(self, item: ManifestRow, reason: Reason) -> Rejection:
        return Rejection(item["path"], item["piece_id"], reason, "while it was being parsed")

    def key(self, row: ManifestRow) -> str:
        """The key of what becomes of a file."""
        about = "\0".join(str(row[name]) for name in _PIECE_COLUMNS)
        return key_of(about, row["sha256"], self._settings_and_code)

    @cached_property
    def _settings_and_code(self) -> str:
        return self.params.model_dump_json() + _code()


@lru_cache(1)
def _code() -> str:
    return code_hash(*CODE) + version("symusic")


def parse_corpus(
    folders: Folders,
    target: Path,
    params: ParseParams,
    *,
    store: Store,
    pool: ChunkPool,
    progress: Callable[[int, int], None],
) -> ParseTally:
    """Parse every piece of the manifest into numbered sets in `target`, beside rejections.parquet.

    Progress is in files. Raises InputError if none could be parsed.
    """
    rows, rejections, maker = read_manifest(folders.raw), read_rejections(folders.raw), FileParser(folders, params)
    num_files, advance = len(rows) + len(rejections), counting(progress, len(rows))
    sets = build_sets(_plans(rows, maker), maker, target=target, store=store, pool=pool, progress=advance)
    rejections = sorted([*rejections, *rejections_of(sets)], key=lambda one: one.path)
    num_pieces = sum(built.tally["num_pieces"] for built in sets)
    if not num_pieces:
        raise InputError(_nothing_parsed(folders.source, rejections))
    write_rejections(target, rejections)
    repairs = sum((Counter(built.tally["repairs"]) for built in sets), Counter[str]())
    return ParseTally(
        num_files,
        num_pieces,
        sum(built.tally["num_notes"] for built in sets),
        count_by_reason(rejections),
        dict(sorted(repairs.items())),
    )


def _plans(rows: Sequence[ManifestRow], maker: FileParser) -> list[SetPlan[ManifestRow]]:
    target = round(maker.params.mb_per_shard * _BYTES_PER_MB)
    cuts = cut_into_sets([row["path"] for row in rows], [row["bytes"] for row in rows], target)
    keys, ids = [maker.key(row) for row in rows], [row["piece_id"] for row in rows]
    return [SetPlan(number, rows[cut], ids[cut], keys[cut]) for number, cut in enumerate(cuts)]


def parsed_tables(parsed: Sequence[tuple[ManifestRow, Piece]]) -> Tables:
    """The rows of some pieces, each with its row of the manifest, in the six parsed tables."""
    pieces = [piece for _, piece in parsed]
    ids, scores = [piece.piece_id for piece in pieces], [piece.score for piece in pieces]
    tables = {
        "pieces": _pieces_table(parsed),
        "notes": _notes_table(pieces),
        "tracks": tracks_table(ids, scores),
        "events": events_table(ids, scores, PARSED_EVENTS),
        "repairs": _repairs_table(pieces),
    }
    return tables | {"figures": figures_table(tables)}


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
            "content_hash": content_hash({name: row[name] for name in _PIECE_COLUMNS}, piece.score),
        }
        for row, piece in parsed
    ]
    return table_of(PARSED_PIECES, {name: [row[name] for row in rows] for name in PARSED_PIECES.names})


def _notes_table(pieces: Sequence[Piece]) -> pa.Table:
    scores = [piece.score for piece in pieces]
    maps = [TempoMap.of(score) for score in scores]
    onset_seconds = end_to_end([tempo.seconds(score.notes.onset) for tempo, score in zip(maps, scores, strict=True)])
    offset_seconds = end_to_end([tempo.seconds(score.notes.offset) for tempo, score in zip(maps, scores, strict=True)])
    counts = [len(score.notes) for score in scores]
    columns = {
        "piece_id": repeated([piece.piece_id for piece in pieces], counts),
        "note_index": end_to_end([np.arange(count, dtype=np.uint32) for count in counts]),
        "track": end_to_end([score.notes.track for score in scores]),
        "onset_ticks": end_to_end([score.notes.onset for score in scores]),
        "duration_ticks": end_to_end([score.notes.duration for score in scores]),
        "onset_seconds": onset_seconds,
        "duration_seconds": offset_seconds - onset_seconds,
        "pitch": end_to_end([score.notes.pitch for score in scores]),
        "velocity": end_to_end([score.notes.velocity for score in scores]),
    }
    return table_of(PARSED_NOTES, columns)


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


def _nothing_parsed(source: Path, rejections: Sequence[Rejection]) -> str:
    first = rejections[0]
    return (
        f"none of the {len(rejections)} files in {source} could be parsed: {count_by_reason(rejections)}; the first is "
        f"{first.path}: {first.detail}. {first.remedy}"
    )
