"""Repairs of what a file says that no music can mean, and the ledger of them. No file is read here.

What is wrong and how it is told stands in repair_notes.py, repair_events.py and repair_silence.py, one function a
defect; `repair` applies them in turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from aurl_core.parsing.params import ParseParams
from aurl_core.parsing.reading import Reading, Scope
from aurl_core.parsing.repair_events import (
    ends_bar_early,
    is_absurd_tempo,
    is_late,
    is_no_bend,
    is_no_controller,
    is_no_key,
    is_no_meter,
)
from aurl_core.parsing.repair_notes import (
    end_stuck,
    lengthen_empty,
    limit_velocities,
    paired,
)
from aurl_core.parsing.repair_silence import cuts_of, is_too_long, limit_durations, longest_ticks, shortened
from aurl_core.score.lines import cut_overlaps, drop_duplicates
from aurl_core.score.score import EVENT_KINDS, Events, Notes, Score

EventRepair = Literal[
    "tempo", "time_signature", "key_signature", "control_change", "pitch_bend", "late_event", "partial_bar"
]
NoteRepair = Literal[
    "velocity", "pairing", "stuck_note", "zero_length_note", "duplicate_note", "overlapping_note", "overlong_note"
]
PieceRepair = Literal["long_silence"]
RepairKind = Literal[EventRepair, NoteRepair, PieceRepair, Scope]

_SHORTEST_BEATS: Final = 1 / 32
"""What a note without length becomes, in beats: the unit of the event vocabulary."""
_LONGEST_STUCK_BEATS: Final = 4
"""What a note that nothing ends becomes at most, in beats."""
_EVENT_NAMES: Final[tuple[str, ...]] = EVENT_KINDS
_METER: Final = EVENT_KINDS.index("time_signature")
_NO_ROWS: Final = np.zeros(0, np.intp)
_ALWAYS_LIKELY: Final = 3
"""Controllers and bends, the others, can be out of range where a damaged file was read only."""

_IsWrong = Callable[[NDArray[np.int32], NDArray[np.float64]], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class Repairs:
    """What one kind of repair did to one score: columns of equal length."""

    kind: RepairKind
    note_index: list[int | None]
    """Notes as numbered in the file as written; None for anything else."""
    before: list[str]
    after: list[str]

    def __len__(self) -> int:
        return len(self.before)


def repair(reading: Reading, params: ParseParams) -> tuple[Score, list[Repairs]]:
    """The score without the defects known here, and what was done to it; nothing about kinds that did not occur."""
    score, of_notes = _repair_notes(reading, params)
    score, of_events = _repair_events(score, params, is_damaged=bool(reading.faults))
    score, of_silence = _shorten(score)
    return score, of_events + of_notes + of_silence


def told(reading: Reading) -> list[Repairs]:
    """What the reader had to overlook in the file: each fault around the tracks, and the first in their events."""
    around = [fault for fault in reading.faults if fault.scope == "container"]
    inside = [fault for fault in reading.faults if fault.scope == "salvaged"]
    kept = f"{len(reading.score.notes)} notes kept"
    ledger: list[Repairs] = []
    if around:
        ledger.append(_of_piece("container", [str(fault) for fault in around], kept))
    if inside:
        more = f", and {len(inside) - 1} more faults" if len(inside) > 1 else ""
        ledger.append(_of_piece("salvaged", [f"{inside[0]}{more}"], kept))
    return ledger


def _of_piece(kind: RepairKind, before: list[str], after: str) -> Repairs:
    return Repairs(kind, [None] * len(before), before, [after] * len(before))


def _repair_events(score: Score, params: ParseParams, *, is_damaged: bool) -> tuple[Score, list[Repairs]]:
    events, ledger = score.events, list[Repairs]()
    present = np.bincount(events.kind, minlength=len(EVENT_KINDS))
    is_absurd = partial(is_absurd_tempo, slowest=params.min_tempo_bpm, fastest=params.max_tempo_bpm)
    defects: tuple[tuple[EventRepair, _IsWrong], ...] = (
        ("tempo", is_absurd), ("time_signature", is_no_meter), ("key_signature", is_no_key),
        ("control_change", is_no_controller), ("pitch_bend", is_no_bend),
    )  # fmt: skip
    for kind, is_wrong in defects if is_damaged else defects[:_ALWAYS_LIKELY]:
        code = _EVENT_NAMES.index(kind)
        if present[code]:
            [rows] = (events.kind == code).nonzero()
            wrong = rows[is_wrong(events.number[rows], events.value[rows])]
            events = _told_events(ledger, kind, events, wrong, removed=True)
    if len(events) and events.onset[-1] > (score.notes.onset[-1] if len(score.notes) else 0):
        events = _told_events(ledger, "late_event", events, np.flatnonzero(is_late(events, score)), removed=True)
    meters = np.flatnonzero(events.kind == _METER) if present[_METER] else _NO_ROWS
    if len(meters) and events.onset[meters[-1]]:  # one at the beginning has no bar before it
        early = meters[ends_bar_early(events.take(meters), score.ticks_per_beat)]
        _told_events(ledger, "partial_bar", events, early, removed=False)
    return (score.with_events(events) if events is not score.events else score), ledger


def _told_events(
    ledger: list[Repairs], kind: EventRepair, events: Events, rows: NDArray[np.intp], *, removed: bool
) -> Events:
    """Enter these events into the ledger; the events without them if they are removed."""
    if not len(rows):
        return events
    columns = (column[rows].tolist() for column in (events.onset, events.number, events.value))
    before = [f"tick {onset}: {number} {value:g}" for onset, number, value in zip(*columns, strict=True)]
    after = "removed" if removed else "the bar before it ends there"
    ledger.append(_of_piece(kind, before, after))
    return events.take(np.delete(np.arange(len(events)), rows)) if removed else events


def _repair_notes(reading: Reading, params: ParseParams) -> tuple[Score, list[Repairs]]:
    """One defect after the other; each sees what the ones before it left."""
    score, stuck = reading.score, reading.stuck
    work = _Notes(score.notes, np.arange(len(score.notes)), [])
    if not len(score.notes):
        return score, []
    work.mend("velocity", "velocity", limit_velocities)
    if params.overlaps != "fifo":
        durations, stuck = paired(work.notes, stuck, params.overlaps)
        work.mend("pairing", "duration", lambda _: durations)
    if len(stuck):
        longest = _LONGEST_STUCK_BEATS * score.ticks_per_beat
        work.mend("stuck_note", "duration", partial(end_stuck, stuck=stuck, longest=longest))
    shortest = max(round(score.ticks_per_beat * _SHORTEST_BEATS), 1)
    work.mend("zero_length_note", "duration", partial(lengthen_empty, shortest=shortest))
    work.mend("duplicate_note", "duration", drop_duplicates)
    work.mend("overlapping_note", "duration", cut_overlaps)
    return (score.with_notes(work.notes) if work.ledger else score), work.ledger


@dataclass(slots=True)
class _Notes:
    """Notes under repair."""

    notes: Notes
    index: NDArray[np.intp]
    """Of each note its number in the file as written."""
    ledger: list[Repairs]

    def mend(self, kind: NoteRepair, column: str, mend: Callable[[Notes], NDArray[Any]]) -> None:
        """Put the column that `mend` answers in the place of the one there is; a note of duration 0 is gone."""
        values, mended = getattr(self.notes, column), mend(self.notes)
        if mended is values:
            return
        [changed] = (values != mended).nonzero()
        if not len(changed):
            return
        before = [f"{column} {value}" for value in values[changed].tolist()]
        after = [f"{column} {value}" if value else "removed" for value in mended[changed].tolist()]
        self.ledger.append(Repairs(kind, self.index[changed].tolist(), before, after))
        self.notes = replace(self.notes, **{column: mended})
        gone = changed[mended[changed] == 0]
        if len(gone):
            is_kept = np.ones(len(self.notes), bool)
            is_kept[gone] = False
            self.notes, self.index = self.notes.take(is_kept), self.index[is_kept]


def _shorten(score: Score) -> tuple[Score, list[Repairs]]:
    """The piece without what makes it too long, if it is."""
    if not is_too_long(score):
        return score, []
    work = _Notes(score.notes, np.arange(len(score.notes)), [])
    work.mend("overlong_note", "duration", partial(limit_durations, longest=longest_ticks(score)))
    score = score.with_notes(work.notes)
    cuts = cuts_of(score)
    before = [f"tick {start}: {length} ticks more of silence" for start, length in cuts]
    silences = [_of_piece("long_silence", before, "removed")] if cuts else []
    return shortened(score, cuts), work.ledger + silences
