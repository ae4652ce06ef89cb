"""A limit to how many notes sound at once: which go when there are too many. Whole notes go; none is cut."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import Notes

Rows = NDArray[np.intp]


def within_polyphony(notes: Notes, limit: int, *, group: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Which notes (N,) stay so that no more than `limit` of a `group` (N,) sound at once.

    Wherever a note begins and too many sound, the least important goes, until they are few enough. The most important
    is the highest that sounds there, then the lowest; then what was highest or lowest when it began; then the loudest,
    the longest, the latest.

    >>> notes = Notes.of(onset=0, duration=24, pitch=[48, 60, 64, 72], velocity=[60, 50, 70, 60])
    >>> within_polyphony(notes, 3, group=np.zeros(4, int)).tolist()
    [True, False, True, True]
    """
    stays = np.ones(len(notes), bool)
    if not len(notes):
        return stays
    everything = _sounding(notes, group, np.arange(len(notes)))
    outer = np.zeros(len(notes), bool)
    outer[everything.note[everything.begins & (_rank_of_place(everything, notes) > 0)]] = True
    while True:
        sounding = _crowded(_sounding(notes, group, np.flatnonzero(stays)), limit)
        if not len(sounding.note):
            return stays
        stays[_least_important(sounding, notes, outer)] = False


class _Sounding(NamedTuple):
    """Pairs of a moment (a time at which a note of a group begins) and a note that sounds then, by moment."""

    moment: NDArray[np.int64]
    note: Rows
    begins: NDArray[np.bool_]
    """Whether the note begins at that moment."""


def _sounding(notes: Notes, group: NDArray[np.integer], rows: Rows) -> _Sounding:
    """Every pair of the notes at `rows`; moments are counted from 0, group after group."""
    span = int(notes.offset.max(initial=0)) + 1
    shift = group[rows].astype(np.int64) * span
    begin, end = notes.onset[rows] + shift, notes.offset[rows] + shift
    moments = np.unique(begin)
    first, last = np.searchsorted(moments, begin), np.searchsorted(moments, end)
    counts = last - first
    nth = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    moment = np.repeat(first, counts) + nth
    order = np.argsort(moment, kind="stable")
    return _Sounding(moment[order], np.repeat(rows, counts)[order], nth[order] == 0)


def _crowded(sounding: _Sounding, limit: int) -> _Sounding:
    """The pairs of the moments at which more than `limit` sound."""
    kept = np.bincount(sounding.moment)[sounding.moment] > limit
    return _Sounding(sounding.moment[kept], sounding.note[kept], sounding.begins[kept])


def _rank_of_place(sounding: _Sounding, notes: Notes) -> NDArray[np.int64]:
    """For each pair 2 if the note is the highest that sounds at the moment, 1 if the lowest, else 0."""
    pitch, moment = notes.pitch[sounding.note], sounding.moment
    starts = np.flatnonzero(np.diff(moment, prepend=-1))
    nth = np.cumsum(np.diff(moment, prepend=-1) > 0) - 1
    highest, lowest = np.maximum.reduceat(pitch, starts)[nth], np.minimum.reduceat(pitch, starts)[nth]
    return np.where(pitch == highest, 2, np.where(pitch == lowest, 1, 0))


def _least_important(sounding: _Sounding, notes: Notes, outer: NDArray[np.bool_]) -> Rows:
    """Of each moment the note to go first."""
    note = sounding.note
    keys = (notes.onset[note], notes.duration[note], notes.velocity[note], outer[note])
    order = np.lexsort((*keys, _rank_of_place(sounding, notes), sounding.moment))
    return np.unique(note[order[np.flatnonzero(np.diff(sounding.moment, prepend=-1))]])
