"""Where the last steps were heard before, in any key, and what followed there. Plain counting: nothing is learned.

A `database` is searched for the longest stretches that equal the steps just heard. Two views of a step are compared:
`joint` (the chord's shape and the motion of the first voice: all voices agree up to transposition) and `melody` (the
motion of the first voice alone). Within a step the matches are narrowed, voice by voice, to those that agree with the
voices already known. The steps of a piece see only what is before them in it, or pieces other than it: never itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.jsb.chorales import NUM_CODES, NUM_VOICES, REST, Chorales, IntArray, encode_motion

SymbolArray = NDArray[np.int32]
View = Literal["joint", "melody"]
Scope = Literal["past", "others", "all"]
VIEWS: tuple[View, ...] = ("joint", "melody")
SHORTEST: dict[View, int] = {"joint": 1, "melody": 4}
"""Matches of fewer steps are left out."""
KEPT_SHARE: dict[View, float] = {"joint": 1 / 3, "melody": 3 / 4}
"""Matches shorter than this share of the longest are left out."""
NO_MATCH = NUM_CODES
"""The foretold code where nothing matched."""


@dataclass(frozen=True)
class Continuations:
    """What the best match says, per step and voice (N, 4), and what all matches say together.

    `codes`: the code that followed the best match, told from this voice's own last pitch; NO_MATCH where there is none.
    `lengths`: its length in steps. `agreed`: how many of the step's earlier voices it foretold.
    `aligned`: 1 if it stands at the same step of a beat, 2 of a bar of four beats (counted from the pieces' starts).
    `votes`: (N, 4, codes) share of all matches, weighted by their squared length.
    """

    codes: IntArray
    lengths: IntArray
    agreed: IntArray
    aligned: IntArray
    votes: NDArray[np.float16]


def view_symbols(chorales: Chorales, view: View) -> IntArray:
    """One number per step, equal for two steps just if the view takes them for equal; a piece's first step is -1."""
    symbols = chorales.codes[:, 0].copy()
    if view == "joint":
        for voice in range(1, NUM_VOICES):
            interval = chorales.pitches[:, voice] - chorales.pitches[:, 0]
            symbols = symbols * 256 + interval + 128
        symbols = symbols * 16 + chorales.is_rest @ (1 << np.arange(NUM_VOICES))
    symbols[chorales.starts[:-1]] = -1
    return symbols


def continuations(query: Chorales, database: Chorales, *, view: View, scope: Scope) -> Continuations:
    """The matches of every step of `query`, found in its own past or in the pieces of `database`."""
    query_symbols, database_symbols = shared_symbols(query, database, view)
    parts = []
    for piece in range(query.num_pieces):
        steps = query.steps(piece)
        area = steps if scope == "past" else slice(0, database.num_steps)
        forbidden = database.steps(piece) if scope == "others" else slice(0, 0)
        pairs = matched_pairs(query_symbols[steps], database_symbols[area], forbidden, view, is_past=scope == "past")
        parts.append(narrow(query, steps, database, int(area.start), pairs))
    return Continuations(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def shared_symbols(query: Chorales, database: Chorales, view: View) -> tuple[SymbolArray, SymbolArray]:
    """Both sides' symbols as small numbers; a first step equals nothing on the other side."""
    both = np.concatenate([view_symbols(query, view), view_symbols(database, view)])
    _, small = np.unique(both, return_inverse=True)
    small = np.where(both < 0, -1, small)
    symbols: SymbolArray = small.astype(np.int32)
    symbols[query.starts[:-1]] = -2
    return symbols[: query.num_steps], symbols[query.num_steps :]


@dataclass(frozen=True)
class Pairs:
    """A step of a piece beside the end of an equal stretch: `step` (sorted), `end` in the searched area, `length`."""

    step: IntArray
    end: IntArray
    length: IntArray


def matched_pairs(query: SymbolArray, database: SymbolArray, forbidden: slice, view: View, *, is_past: bool) -> Pairs:
    """For each step t > 0 the ends of stretches equal to the steps up to t-1, and their lengths.

    L[t, m] = L[t-1, m-1] + 1 where the symbols of t and m are equal, else 0: one row at a time.
    """
    lengths = np.zeros(len(database) + 1, dtype=np.int16)
    followed = np.append(database[1:] >= 0, False)
    rows = []
    for last in range(len(query) - 1):
        lengths[1:] = (lengths[:-1] + np.int16(1)) * (database == query[last])
        lengths[1:][forbidden] = 0
        row = lengths[1 : last + 1] if is_past else lengths[1:]
        shortest = max(SHORTEST[view], int(row.max(initial=0) * KEPT_SHARE[view]))
        ends = np.flatnonzero(row >= shortest)
        ends = ends[followed[ends]]
        rows.append((np.full(len(ends), last + 1), ends, row[ends].astype(np.int64)))
    return Pairs(*(np.concatenate(column) for column in zip(*rows, strict=True)))


def narrow(query: Chorales, steps: slice, database: Chorales, area_start: int, pairs: Pairs) -> list[NDArray[Any]]:
    """Voice by voice, the best of the matches that agree with the step's earlier voices; of all where none agrees."""
    num_steps = steps.stop - steps.start
    target = pairs.step + steps.start
    following = pairs.end + area_start + 1
    transposed_by = query.pitches[target - 1, 0] - database.pitches[following - 1, 0]
    foretold = encode_motion(database.pitches[following] + transposed_by[:, None] - query.pitches[target - 1])
    foretold[database.is_rest[following]] = REST
    alignment = beat_alignment(query, steps.start, database, area_start, pairs)
    score = (pairs.length * np.where(alignment > 0, 2, 1) << 20) + pairs.end
    agreed = np.zeros(len(target), dtype=np.int64)
    alive = np.ones(len(target), dtype=np.bool_)
    columns = []
    for voice in range(NUM_VOICES):
        if voice > 0:
            agrees = foretold[:, voice - 1] == query.codes[target, voice - 1]
            agreed += agrees
            has_agreeing = np.bincount(pairs.step[alive & agrees], minlength=num_steps) > 0
            alive &= agrees | ~has_agreeing[pairs.step]
        best = best_pairs(pairs.step[alive], score[alive])
        chosen = np.flatnonzero(alive)[best]
        weights = pairs.length[alive].astype(np.float64) ** 2
        columns.append(
            (
                scatter(num_steps, pairs.step[chosen], foretold[chosen, voice], NO_MATCH),
                scatter(num_steps, pairs.step[chosen], pairs.length[chosen], 0),
                scatter(num_steps, pairs.step[chosen], agreed[chosen], 0),
                scatter(num_steps, pairs.step[chosen], alignment[chosen], 0),
                shares(num_steps, pairs.step[alive], foretold[alive, voice], weights),
            )
        )
    return [np.stack(column, axis=1) for column in zip(*columns, strict=True)]


def beat_alignment(query: Chorales, query_start: int, database: Chorales, area_start: int, pairs: Pairs) -> IntArray:
    """2 where both steps stand at the same place of a bar counted from their piece's start, 1 of a beat, else 0."""
    following = pairs.end + area_start + 1
    piece_start = database.starts[np.searchsorted(database.starts, following, side="right") - 1]
    apart = following - piece_start - pairs.step
    alignment: IntArray = (apart % 4 == 0).astype(np.int64) + (apart % 16 == 0)
    return alignment


def best_pairs(steps: IntArray, scores: IntArray) -> IntArray:
    """The place of the highest score of each step that occurs; `steps` is sorted."""
    order = np.lexsort((scores, steps))
    is_last = np.append(np.diff(steps[order]) > 0, True)[: len(order)]
    best: IntArray = order[is_last]
    return best


def scatter(size: int, places: IntArray, values: IntArray, missing: int) -> IntArray:
    column = np.full(size, missing)
    column[places] = values
    return column


def shares(num_steps: int, steps: IntArray, codes: IntArray, weights: NDArray[np.float64]) -> NDArray[np.float16]:
    """(steps, codes) shares of the weights; all zero where a step has no match."""
    votes = np.bincount(steps * NUM_CODES + codes, weights, minlength=num_steps * NUM_CODES).reshape(-1, NUM_CODES)
    shared: NDArray[np.float16] = (votes / np.maximum(votes.sum(1, keepdims=True), 1e-9)).astype(np.float16)
    return shared
