"""Scores as Arrow tables and back, zero-copy where Arrow allows. Which columns exist is said in schema.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from aurl_core.corpus.arrays import array_of, named
from aurl_core.corpus.schema import TRACKS
from aurl_core.score.score import EVENT_KINDS, Events, Notes, Score, Track


def piece_id_column(piece_id: str, length: int) -> pa.DictionaryArray:
    """`piece_id` repeated for every row of a piece."""
    return named(np.zeros(length, np.int32), [piece_id])


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


def tracks_table(piece_id: str, score: Score) -> pa.Table:
    """The tracks in `TRACKS`, one row each in their order."""
    columns = {
        "piece_id": piece_id_column(piece_id, len(score.tracks)),
        "track": np.arange(len(score.tracks), dtype=np.uint16),
        **{
            name: [getattr(track, name) for track in score.tracks]
            for name in ("name", "program", "channel", "is_drum", "voice")
        },
    }
    return table_of(TRACKS, columns)


def events_table(piece_id: str, score: Score, schema: pa.Schema) -> pa.Table:
    """The events in `schema` (`PARSED_EVENTS` or `QUANTIZED_EVENTS`, which differ in the name of the onset)."""
    events = score.events
    columns = {
        "piece_id": piece_id_column(piece_id, len(events)),
        schema.field(1).name: events.onset,
        "kind": named(events.kind, EVENT_KINDS),
        "track": events.track,
        "number": events.number,
        "value": events.value,
        "text": events.text,
    }
    return table_of(schema, columns)


def score_of(ticks_per_beat: int, notes: pa.Table, tracks: pa.Table, events: pa.Table) -> Score:
    """One piece's score from its rows of a notes, tracks and events table, in ticks or in steps.

    The notes keep the order in which they are stored, which is the order of `Notes.of`.
    """
    time = "steps" if "onset_steps" in notes.column_names else "ticks"
    return Score(
        ticks_per_beat,
        Notes(
            notes[f"onset_{time}"].to_numpy(),
            notes[f"duration_{time}"].to_numpy(),
            notes["pitch"].to_numpy(),
            notes["velocity"].to_numpy(),
            notes["track"].to_numpy(),
        ),
        tuple(
            Track(row["name"], row["program"], row["channel"], row["is_drum"], row["voice"])
            for row in tracks.to_pylist()
        ),
        _events_of(events, f"onset_{time}"),
    )


def _events_of(events: pa.Table, onset: str) -> Events:
    kinds = events["kind"].cast(pa.string()).to_pylist()
    return Events(
        events[onset].to_numpy(),
        np.array([EVENT_KINDS.index(kind) for kind in kinds], np.uint8),
        events["track"].to_numpy(),
        events["number"].to_numpy(),
        events["value"].to_numpy(),
        np.array(events["text"].to_pylist(), object),
    )
