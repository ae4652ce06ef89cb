"""Scores as Arrow tables and back, zero-copy where Arrow allows. Which columns exist is said in schema.py."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from aurl_core.corpus.arrays import array_of, named, numbers_of
from aurl_core.corpus.schema import TRACKS
from aurl_core.score.score import EVENT_KINDS, Events, Notes, Score, Track


def piece_id_column(piece_id: str, length: int) -> pa.DictionaryArray:
    """`piece_id` repeated for every row of a piece."""
    return repeated([piece_id], [length])


def repeated(names: Sequence[str], counts: Sequence[int] | NDArray[np.int64]) -> pa.DictionaryArray:
    """Each name as often as its count says.

    >>> repeated(["a", "b"], [2, 1]).to_pylist()
    ['a', 'a', 'b']
    """
    return named(np.repeat(np.arange(len(names), dtype=np.int32), counts), names)


def end_to_end(columns: Iterable[NDArray[Any]]) -> NDArray[Any]:
    """The columns of some pieces as one; none make an empty one."""
    parts = list(columns)
    return np.concatenate(parts) if parts else np.zeros(0, np.int32)


def table_of(schema: pa.Schema, columns: Mapping[str, object]) -> pa.Table:
    """A table of `schema` from arrays or lists by column name; a missing column is a KeyError."""
    arrays = [_array(columns[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def joined(schema: pa.Schema, parts: Sequence[pa.Table]) -> pa.Table:
    """The rows of some tables of `schema`, none making an empty one (`schema.empty_table` would import pandas)."""
    return pa.concat_tables(parts) if parts else table_of(schema, dict.fromkeys(schema.names, ()))


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if not isinstance(values, pa.Array):
        return array_of(values, kind)
    return values if values.type.equals(kind) else values.cast(kind)


def tracks_table(piece_ids: Sequence[str], scores: Sequence[Score]) -> pa.Table:
    """The tracks of some pieces in `TRACKS`, one row each in their order."""
    tracks = [track for score in scores for track in score.tracks]
    columns = {
        "piece_id": repeated(piece_ids, [len(score.tracks) for score in scores]),
        "track": end_to_end(np.arange(len(score.tracks), dtype=np.uint16) for score in scores),
    }
    return table_of(TRACKS, columns | {name: [getattr(track, name) for track in tracks] for name in TRACKS.names[2:]})


def events_table(piece_ids: Sequence[str], scores: Sequence[Score], schema: pa.Schema) -> pa.Table:
    """The events of some pieces in `PARSED_EVENTS` or `QUANTIZED_EVENTS`, which differ in the name of the onset."""
    events = [score.events for score in scores]
    columns = {
        "piece_id": repeated(piece_ids, [len(some) for some in events]),
        schema.field(1).name: end_to_end(some.onset for some in events),
        "kind": named(end_to_end(some.kind for some in events), EVENT_KINDS),
        "track": end_to_end(some.track for some in events),
        "number": end_to_end(some.number for some in events),
        "value": end_to_end(some.value for some in events),
        "text": end_to_end(some.text for some in events),
    }
    return table_of(schema, columns)


def scores_of(
    clocks: Sequence[int], tables: Sequence[pa.Table], counts: Sequence[NDArray[np.int64]]
) -> Iterator[Score]:
    """The score of each piece from a notes, a tracks and an events table, in ticks or in steps.

    `clocks` are the pieces' ticks or steps of a beat, `counts` how many rows each has in each table. Columns are views
    of the tables; notes keep the order in which they are stored, which is the order of `Notes.of`.
    """
    notes, tracks, events = tables
    time = "steps" if "onset_steps" in notes.column_names else "ticks"
    names = (f"onset_{time}", f"duration_{time}", "pitch", "velocity", "track")
    all_notes = Notes(*(_column(notes, name) for name in names))
    all_tracks = [Track(**row) for row in tracks.select(TRACKS.names[2:]).to_pylist()]
    all_events = _events_of(events, f"onset_{time}")
    bounds = [np.cumsum([0, *count]).tolist() for count in counts]
    for place, clock in enumerate(clocks):
        note, track, event = (slice(bound[place], bound[place + 1]) for bound in bounds)
        yield Score(clock, all_notes.take(note), tuple(all_tracks[track]), all_events.take(event))


def _column(table: pa.Table, name: str) -> NDArray[Any]:
    values: NDArray[Any] = numbers_of(table[name])
    return values


def _events_of(events: pa.Table, onset: str) -> Events:
    kinds = events["kind"].unify_dictionaries().combine_chunks()
    code = np.array([EVENT_KINDS.index(kind) for kind in kinds.dictionary.to_pylist()], np.uint8)
    track, number, value = (_column(events, name) for name in ("track", "number", "value"))
    return Events(_column(events, onset), code[numbers_of(kinds.indices)], track, number, value, _texts(events["text"]))


def _texts(column: pa.ChunkedArray) -> NDArray[np.object_]:
    """Texts as objects; most events have none, which costs nothing."""
    texts = np.full(len(column), "", object)
    rows = np.flatnonzero(numbers_of(pc.binary_length(column)))
    texts[rows] = column.take(array_of(rows, pa.int64())).to_pylist()
    return texts


def content_hash(about: Mapping[str, Any], score: Score, *columns: NDArray[Any]) -> str:
    """16 hex digits that tell whether a piece's rows are the same: its figures, its score and columns beside it."""
    digest = hashlib.sha256(json.dumps([about, score.ticks_per_beat], sort_keys=True, default=str).encode())
    digest.update(repr(score.tracks).encode())
    notes, events = score.notes, score.events
    numbers = (events.onset, events.kind, events.track, events.number, events.value)
    for column in (notes.onset, notes.duration, notes.pitch, notes.velocity, notes.track, *numbers, *columns):
        digest.update(np.ascontiguousarray(column).data)
    digest.update("\0".join(events.text.tolist()).encode())
    return digest.hexdigest()[:16]
