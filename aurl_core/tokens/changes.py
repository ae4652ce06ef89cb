"""What changes in the course of a piece, on a grid: the sustain pedal and the tempo. Every tokenizer says these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from aurl_core.score.score import EVENT_KINDS, WHOLE_PIECE, Events, Score
from aurl_core.score.time import DEFAULT_TEMPO_BPM
from aurl_core.tokens.clock import Clock

Column = NDArray[np.int64]
PEDAL = 64
"""Controller number of the sustain pedal."""
_HALF_DOWN = 64
"""Controller value from which the pedal counts as down."""
TEMPO_EVENT, SIGNATURE_EVENT, CONTROL_CHANGE = (
    EVENT_KINDS.index(kind) for kind in ("tempo", "time_signature", "control_change")
)
_PART_BIT = 40
"""Place in the keys by which columns are sorted: part above onset."""


@dataclass(frozen=True, slots=True)
class TempoBins:
    """`count` tempos, evenly spaced by ratio."""

    count: int
    slowest_bpm: float
    fastest_bpm: float

    @property
    def bpm(self) -> NDArray[np.float64]:
        """Beats per minute that each bin stands for."""
        return np.geomspace(self.slowest_bpm, self.fastest_bpm, self.count)

    def bin_of(self, bpm: ArrayLike) -> Column:
        """The nearest bin; slower and faster tempos get the first and the last.

        >>> TempoBins(32, 60.0, 200.0).bin_of([20, 60, 120, 400]).tolist()
        [0, 0, 18, 31]
        """
        within = np.clip(np.asarray(bpm, np.float64), self.slowest_bpm, self.fastest_bpm)
        bins_per_log = (self.count - 1) / np.log(self.fastest_bpm / self.slowest_bpm)
        nearest: NDArray[np.float64] = np.rint(np.log(within / self.slowest_bpm) * bins_per_log)
        return nearest.astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Pedals:
    """Each change of a sustain pedal, by part and onset."""

    onset: Column
    part: Column
    down: Column
    """1 where the pedal goes down, 0 where it comes up; they alternate in each part, beginning with 1."""


NO_PEDALS = Pedals(*(np.zeros(0, np.int64) for _ in range(3)))


@dataclass(frozen=True, slots=True, eq=False)
class Tempos:
    """Each change of tempo."""

    onset: Column
    """The first is 0; no two are equal."""
    bin: Column
    """Differs from the one before."""


class Block(NamedTuple):
    """Events of one kind: a column or one value for all of them."""

    kind: int
    onset: Column
    track: ArrayLike
    number: ArrayLike
    value: ArrayLike


def differs(column: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a column is not what it was one row before; true in the first row.

    >>> differs(np.array([3, 3, 4])).tolist()
    [True, False, True]
    """
    changes = np.ones(len(column), bool)
    np.not_equal(column[1:], column[:-1], out=changes[1:])
    return changes


def pedal_changes(score: Score, part_of_track: Column, clock: Clock) -> Pedals:
    """When the pedal of each part goes down and up; parts below 0 have none."""
    events = score.events
    rows = np.flatnonzero(is_pedal(events))
    if not len(rows):
        return NO_PEDALS
    part, onset = part_of_track[events.track[rows]], clock.steps_of_ticks(events.onset[rows], score.ticks_per_beat)
    order = np.argsort(part.astype(np.int16), kind="stable")
    key = ((part << _PART_BIT) | onset)[order]
    last_there = np.append(key[1:] != key[:-1], True) & (part[order] >= 0)
    key = key[last_there]
    down = (events.value[rows[order[last_there]]] >= _HALF_DOWN).astype(np.int64)
    part = key >> _PART_BIT
    changed = differs(part << 1 | down) & ((down == 1) | ~differs(part))
    return Pedals(key[changed] & ((1 << _PART_BIT) - 1), part[changed], down[changed])


def is_pedal(events: Events) -> NDArray[np.bool_]:
    """Which events move the sustain pedal of a track?"""
    moves: NDArray[np.bool_] = (events.kind == CONTROL_CHANGE) & (events.number == PEDAL) & (events.track >= 0)
    return moves


def tempo_changes(score: Score, clock: Clock, bins: TempoBins, *, end: int) -> tuple[Tempos, int]:
    """The tempos up to step `end`, and how many lay beyond the bins."""
    rows = np.flatnonzero(score.events.kind == TEMPO_EVENT)
    onset = np.append(0, clock.steps_of_ticks(score.events.onset[rows], score.ticks_per_beat))
    bpm = np.append(DEFAULT_TEMPO_BPM, score.events.value[rows])
    last_there = np.append(onset[1:] != onset[:-1], True) & (onset <= end)
    onset, bpm = onset[last_there], bpm[last_there]
    tempo = bins.bin_of(bpm)
    changed = differs(tempo)
    beyond = int(np.count_nonzero((bpm < bins.slowest_bpm) | (bpm > bins.fastest_bpm)))
    return Tempos(onset[changed], tempo[changed]), beyond


def tempo_block(tempos: Tempos, bins: TempoBins) -> Block:
    """The tempos as events."""
    return Block(TEMPO_EVENT, tempos.onset, WHOLE_PIECE, 0, bins.bpm[tempos.bin])


def pedal_block(pedals: Pedals, track_of_part: Column) -> Block:
    """The pedals as events of their tracks."""
    return Block(CONTROL_CHANGE, pedals.onset, track_of_part[pedals.part], PEDAL, pedals.down * 127.0)


def events_of(*blocks: Block) -> Events:
    """The events of some blocks by onset, kind and track."""
    counts = [len(block.onset) for block in blocks]

    def column(values: Sequence[ArrayLike], kind: DTypeLike) -> NDArray[Any]:
        return np.concatenate([np.broadcast_to(one, n) for one, n in zip(values, counts, strict=True)]).astype(kind)

    events = Events(
        onset=column([block.onset for block in blocks], np.int32),
        kind=column([block.kind for block in blocks], np.uint8),
        track=column([block.track for block in blocks], np.int16),
        number=column([block.number for block in blocks], np.int32),
        value=column([block.value for block in blocks], np.float64),
        text=np.full(sum(counts), "", object),
    )
    return events.take(np.lexsort((events.track, events.kind, events.onset)))
