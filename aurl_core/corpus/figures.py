"""Figures of parsed pieces, in columns: how much, how fast, how high, how loud, for what, in which key.

Parse makes them beside its tables, so that they are made once a file; quality puts them together. Sums are of whole
numbers, so that their order does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from aurl_core.corpus.arrays import numbers_of
from aurl_core.corpus.schema import FIGURES
from aurl_core.corpus.shards import rows_per_piece
from aurl_core.corpus.tables import table_of
from aurl_core.score.instrument import DRUMS, FAMILIES
from aurl_core.score.key import key_correlations, key_name, key_of_signature

_KEY_PROFILE: Final = "albrecht"
_LEAST_CORRELATION: Final = 0.5
"""Pieces that fit no key's profile better than this have none."""
_STATED: Final = ("tempo", "time_signature", "key_signature")
_TEMPO, _METER, _KEY = range(3)
_SECONDS_PER_MINUTE: Final = 60

Column = NDArray[Any]


def figures_table(tables: Mapping[str, pa.Table]) -> pa.Table:
    """`FIGURES` of the pieces in some parsed tables (pieces, notes, tracks, events), in their order."""
    pieces, notes, tracks, events = (tables[name] for name in ("pieces", "notes", "tracks", "events"))
    owner = np.repeat(np.arange(len(pieces)), rows_per_piece(notes, pieces))
    family = _families(pieces, notes, tracks, owner)
    columns = _time_figures(pieces, notes, owner) | _pitch_figures(pieces, notes, family != DRUMS, owner)
    columns |= _loudness_figures(pieces, notes, owner) | _instruments(pieces, family, owner)
    columns |= _statements(pieces, events)
    arrays = {name: one.tolist() if one.dtype == object else one for name, one in columns.items()}
    return table_of(FIGURES, {"piece_id": pieces["piece_id"].to_pylist(), **arrays})


def _families(pieces: pa.Table, notes: pa.Table, tracks: pa.Table, owner: Column) -> Column:
    """(N,) the instrument family of each note."""
    program, is_drum = numbers_of(tracks["program"]), numbers_of(tracks["is_drum"])
    family_of_track = np.where(is_drum, DRUMS, program // 8)
    per_piece = rows_per_piece(tracks, pieces)
    first_track = np.cumsum(per_piece) - per_piece
    families: Column = family_of_track[first_track[owner] + numbers_of(notes["track"])]
    return families


def _time_figures(pieces: pa.Table, notes: pa.Table, owner: Column) -> dict[str, Column]:
    num_notes, seconds = numbers_of(pieces["num_notes"]), numbers_of(pieces["duration_seconds"])
    ticks, clock = numbers_of(pieces["duration_ticks"]), numbers_of(pieces["ticks_per_beat"])
    sounding = np.bincount(owner, numbers_of(notes["duration_ticks"]), minlength=len(pieces))
    return {
        "notes_per_second": num_notes / np.maximum(seconds, 1e-9),
        "tempo_bpm": _SECONDS_PER_MINUTE * ticks / clock / np.maximum(seconds, 1e-9),
        "polyphony": sounding / np.maximum(ticks, 1),
        "mean_note_beats": sounding / clock / np.maximum(num_notes, 1),
    }


def _pitch_figures(pieces: pa.Table, notes: pa.Table, is_pitched: Column, owner: Column) -> dict[str, Column]:
    """Range, mean and key; a piece of drums alone has none."""
    pitch, duration = numbers_of(notes["pitch"])[is_pitched], numbers_of(notes["duration_ticks"])[is_pitched]
    piece, size = owner[is_pitched], len(pieces)
    count = np.bincount(piece, minlength=size)
    lowest, highest = np.full(size, 127, np.uint8), np.zeros(size, np.uint8)
    starts = np.cumsum(count) - count
    filled = count > 0
    lowest[filled], highest[filled] = (extreme.reduceat(pitch, starts[filled]) for extreme in (np.minimum, np.maximum))
    sounding = np.bincount(piece * 12 + pitch % 12, duration, minlength=size * 12)
    correlations = key_correlations(sounding.reshape(size, 12).astype(np.float64), profile=_KEY_PROFILE)
    keys = np.where(correlations.max(axis=1) >= _LEAST_CORRELATION, correlations.argmax(axis=1), -1)
    return {
        "lowest_pitch": _or_none(lowest, filled),
        "highest_pitch": _or_none(highest, filled),
        "mean_pitch": _or_none(np.bincount(piece, pitch, minlength=size) / np.maximum(count, 1), filled),
        "key": np.array([None if key < 0 else key_name(key) for key in keys.tolist()], object),
        "pitch_counts": _rows(np.bincount(piece * 128 + pitch, minlength=size * 128), 128),
    }


def _loudness_figures(pieces: pa.Table, notes: pa.Table, owner: Column) -> dict[str, Column]:
    velocity, size = numbers_of(notes["velocity"]), len(pieces)
    levels = np.bincount(owner * 128 + velocity, minlength=size * 128).reshape(size, 128)
    return {
        "mean_velocity": levels @ np.arange(128) / np.maximum(levels.sum(axis=1), 1),
        "num_velocities": np.count_nonzero(levels, axis=1),
        "velocity_counts": _rows(levels, 128),
    }


def _instruments(pieces: pa.Table, family: Column, owner: Column) -> dict[str, Column]:
    """The families of each piece, that with most notes first."""
    size = len(pieces)
    counts = np.bincount(owner * len(FAMILIES) + family, minlength=size * len(FAMILIES)).reshape(size, len(FAMILIES))
    order = np.argsort(-counts, axis=1, kind="stable")
    used = np.count_nonzero(counts, axis=1).tolist()
    names = np.empty(size, object)
    names[:] = [tuple(FAMILIES[one] for one in row[:num]) for row, num in zip(order.tolist(), used, strict=True)]
    drum_share = counts[:, DRUMS] / np.maximum(counts.sum(axis=1), 1)
    return {"families": names, "drum_share": drum_share, "family_counts": _rows(counts, len(FAMILIES))}


def _rows(counts: NDArray[np.int64], width: int) -> Column:
    """(P,) the counts of each piece, as one object."""
    rows = np.empty(counts.size // width, object)
    rows[:] = list(counts.reshape(len(rows), width).astype(np.int32))
    return rows


def _statements(pieces: pa.Table, events: pa.Table) -> dict[str, Column]:
    """What a file says of itself: how many tempi, its meter and its first key; None where it says nothing."""
    piece, kind = _codes(events["piece_id"], pieces["piece_id"].to_pylist()), _codes(events["kind"], _STATED)
    is_meter, is_key = kind == _METER, kind == _KEY
    number, value, onset = (numbers_of(events[name]) for name in ("number", "value", "onset_ticks"))
    keys = np.full(len(pieces), None, object)
    owners, first = np.unique(piece[is_key], return_index=True)
    signatures = zip(number[is_key][first].tolist(), value[is_key][first].tolist(), strict=True)
    keys[owners] = [key_name(key_of_signature(sharps, is_minor=bool(minor))) for sharps, minor in signatures]
    return {
        "num_tempi": np.bincount(piece[kind == _TEMPO], minlength=len(pieces)),
        "num_meters": np.bincount(piece[is_meter], minlength=len(pieces)),
        "stated_meter": _longest_meters(pieces, *(column[is_meter] for column in (piece, onset, number, value))),
        "stated_key": keys,
    }


def _longest_meters(pieces: pa.Table, piece: Column, onset: Column, numerator: Column, denominator: Column) -> Column:
    """The time signature that is in force longest, of equals the first; None where there is none."""
    ends = np.append(onset[1:], 0)
    is_last = np.diff(piece, append=-1) != 0
    ends[is_last] = numbers_of(pieces["duration_ticks"])[piece[is_last]]
    meters, which = np.unique(np.column_stack([numerator, denominator.astype(np.int64)]), axis=0, return_inverse=True)
    names = np.array([None, *(f"{upper}/{lower}" for upper, lower in meters.tolist())], object)
    size = len(names)
    in_force = np.bincount(piece * size + which.ravel() + 1, np.maximum(ends - onset, 1), minlength=len(pieces) * size)
    longest: Column = names[in_force.reshape(len(pieces), size).argmax(axis=1)]
    return longest


def _codes(column: pa.ChunkedArray, names: Sequence[str]) -> Column:
    """(N,) the place of each string in `names`, -1 if it is not there."""
    coded = column.unify_dictionaries().combine_chunks()
    place = {name: number for number, name in enumerate(names)}
    codes: Column = np.array([place.get(name, -1) for name in coded.dictionary.to_pylist()], np.int64)
    found: Column = codes[numbers_of(coded.indices)]
    return found


def _or_none(values: Column, is_there: Column) -> Column:
    """Values as objects, None where there is none."""
    objects = values.astype(object)
    objects[~is_there] = None
    return objects
