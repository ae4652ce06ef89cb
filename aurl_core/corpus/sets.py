"""The making of numbered sets, incrementally: what a stage has made of a piece before is taken from the store.

A stage says by a `Maker` how tables are made of its items (files, or pieces of the stage before). Here each set is
linked from the store if it is known as it is; else a worker puts it together from what other sets hold of its items and
what has to be made. An item that hangs or kills its worker costs itself alone.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import compress, groupby
from pathlib import Path
from typing import Any, Final, Generic, Protocol, TypeVar

import numpy as np
import pyarrow as pa

from aurl_core.chunks import Casualty, ChunkPool
from aurl_core.corpus.rejections import REJECTIONS_FILE, read_rejections, write_rejections
from aurl_core.corpus.shards import read_table, rows_per_piece, set_file, write_set
from aurl_core.corpus.store import Segment, Store, link
from aurl_core.parsing.rejection import Reason, Rejection

Item = TypeVar("Item")
ToMake = TypeVar("ToMake", contravariant=True)
Tables = Mapping[str, pa.Table]
"""Rows of some pieces by table, each with a column `piece_id`; `pieces` is among them and says their order."""
Tally = dict[str, Any]
"""Figures of a set, as JSON has them."""

_TALLY_FILE: Final = "tally.json"
_PASSING: Final[Collection[Reason]] = ("unreadable", "timeout", "memory", "worker_died")
"""Reasons that may be gone the next time, so that nothing is remembered of the item."""


@dataclass(frozen=True, slots=True)
class Made:
    """What became of some items: rows of those that came through, and rejections of the others."""

    tables: Tables
    rejections: list[Rejection] = field(default_factory=list)


class Maker(Protocol[ToMake]):
    """What a stage does to items; picklable, since it is done in workers."""

    @property
    def room(self) -> str:
        """Where the store keeps it."""

    def make(self, items: Sequence[ToMake]) -> Made:
        """Tables of the items, in their order."""

    def tally(self, tables: Tables) -> Tally:
        """The figures of a set."""

    def rejected(self, item: ToMake, reason: Reason) -> Rejection:
        """The rejection of an item that was too much for its worker."""


@dataclass(frozen=True, slots=True)
class SetPlan(Generic[Item]):
    """A set that is to be."""

    number: int
    items: Sequence[Item]
    piece_ids: Sequence[str]
    """The piece that each item is or becomes."""
    keys: Sequence[str]
    """Of each item's result."""
    known: Sequence[Segment] = ()
    """Segments that hold some of the results."""
    folder: str = ""
    """Where the set is to be, below the folder of all sets."""


@dataclass(frozen=True, slots=True)
class BuiltSet:
    """A set that is there."""

    number: int
    tally: Tally
    rejections: list[Rejection]


def build_sets(
    plans: Sequence[SetPlan[Item]],
    maker: Maker[Item],
    *,
    target: Path,
    store: Store,
    pool: ChunkPool,
    progress: Callable[[int], None],
) -> list[BuiltSet]:
    """Make the sets in `target`, in the order of `plans`; `progress` hears of each one's number of items."""
    for folder in {target / plan.folder for plan in plans}:
        folder.mkdir(parents=True, exist_ok=True)
    found = [_linked(plan, maker, target=target, store=store) for plan in plans]
    if done := sum(len(plan.items) for plan, one in zip(plans, found, strict=True) if one):
        progress(done)
    missing = [plan for plan, one in zip(plans, found, strict=True) if one is None]
    made = _made_sets(missing, maker, target=target, store=store, pool=pool, progress=progress)
    return [one or next(made) for one in found]


def _made_sets(
    plans: Sequence[SetPlan[Item]],
    maker: Maker[Item],
    *,
    target: Path,
    store: Store,
    pool: ChunkPool,
    progress: Callable[[int], None],
) -> Iterator[BuiltSet]:
    """Sets of which the store has parts at most; what costs a worker is done when all the others are."""
    plans = _with_known(plans, store.index(maker.room) if plans else {})
    build = partial(_build_set, maker=maker, target=target, store=store)
    outcomes: list[BuiltSet | Casualty[SetPlan[Item]]] = []
    for plan, outcome in zip(plans, pool.map(build, plans, chunk_size=1), strict=True):
        outcomes.append(outcome)
        if not isinstance(outcome, Casualty):
            progress(len(plan.items))
    for outcome in outcomes:
        if isinstance(outcome, Casualty):
            apart = _build_apart(outcome.item, maker, target=target, store=store, pool=pool)
            progress(len(outcome.item.items))
            yield apart
        else:
            yield outcome


def _linked(plan: SetPlan[Item], maker: Maker[Item], *, target: Path, store: Store) -> BuiltSet | None:
    """The set if the store has it as it is."""
    segment = store.segment(maker.room, plan.keys)
    files = segment.files() if segment else None
    if files is None:
        return None
    try:
        for name, path in files.items():
            if name not in (_TALLY_FILE, REJECTIONS_FILE):
                link(path, set_file(target / plan.folder, Path(name).stem, plan.number))
        rejections = read_rejections(files[_TALLY_FILE].parent)  # none if it is gone, which the next line tells
        return BuiltSet(plan.number, json.loads(files[_TALLY_FILE].read_text()), rejections)
    except FileNotFoundError:  # evicted by another process since it was looked at
        return None


def _with_known(plans: Sequence[SetPlan[Item]], index: Mapping[str, Segment]) -> list[SetPlan[Item]]:
    found = []
    for plan in plans:
        segments = {index[key].folder: index[key] for key in plan.keys if key in index}
        found.append(replace(plan, known=tuple(segments.values())))
    return found


def _build_set(plans: list[SetPlan[Item]], *, maker: Maker[Item], target: Path, store: Store) -> BuiltSet:
    """Make one set; runs in a worker."""
    [plan] = plans
    parts = _recalled(plan)
    unknown = _unknown(plan, parts)
    if unknown or not parts:
        parts.append(_Part(maker.make(list(unknown.values())), set(unknown)))
    return _write(plan, parts, maker, target=target, store=store)


def _build_apart(plan: SetPlan[Item], maker: Maker[Item], *, target: Path, store: Store, pool: ChunkPool) -> BuiltSet:
    """Make a set that was too much for its worker, item by item, without those that are to blame."""
    parts = _recalled(plan)
    unknown = _unknown(plan, parts)
    for key, outcome in zip(unknown, pool.map(maker.make, list(unknown.values()), chunk_size=1), strict=True):
        if isinstance(outcome, Casualty):
            nothing = maker.make([])
            parts.append(_Part(Made(nothing.tables, [maker.rejected(outcome.item, outcome.reason)]), {key}))
        else:
            parts.append(_Part(outcome, {key}))
    return _write(plan, parts, maker, target=target, store=store)


@dataclass(frozen=True, slots=True)
class _Part:
    """What is known of some keys, and perhaps of more pieces."""

    made: Made
    keys: Collection[str]


def _recalled(plan: SetPlan[Item]) -> list[_Part]:
    """What the store holds of a set's items."""
    parts: list[_Part] = []
    open_keys = set(plan.keys)
    for segment in plan.known:
        keys, files = open_keys.intersection(segment.keys), segment.files()
        if keys and files and (made := _made_before(segment, files)):
            parts.append(_Part(made, keys))
            open_keys -= keys
    return parts


def _made_before(segment: Segment, files: Mapping[str, Path]) -> Made | None:
    """What a segment holds; None if another process has evicted it since it was looked at."""
    rejections = read_rejections(segment.folder)  # none if it is gone, which reading the tables tells
    names = [name for name in files if name not in (_TALLY_FILE, REJECTIONS_FILE)]
    try:
        return Made({Path(name).stem: read_table(files[name]) for name in names}, rejections)
    except FileNotFoundError:
        return None


def _unknown(plan: SetPlan[Item], parts: Sequence[_Part]) -> dict[str, Item]:
    """The items of which nothing is known, by key."""
    known = {key for part in parts for key in part.keys}
    return {key: item for key, item in zip(plan.keys, plan.items, strict=True) if key not in known}


def _write(plan: SetPlan[Item], parts: Sequence[_Part], maker: Maker[Item], *, target: Path, store: Store) -> BuiltSet:
    """Put the parts together in the plan's order, write the set, and remember it."""
    piece_of = dict(zip(plan.keys, plan.piece_ids, strict=True))
    tables = _arranged(plan.piece_ids, [(part.made.tables, {piece_of[key] for key in part.keys}) for part in parts])
    rejections = [
        one
        for part in parts
        for one in part.made.rejections
        if one.piece_id is None or one.piece_id in {piece_of[key] for key in part.keys}
    ]
    write_set(target / plan.folder, plan.number, tables)
    built = BuiltSet(plan.number, maker.tally(tables), rejections)
    _remember(plan, built, list(tables), maker.room, target=target, store=store)
    return built


def _remember(
    plan: SetPlan[Item], built: BuiltSet, names: Sequence[str], room: str, *, target: Path, store: Store
) -> None:
    passing = {one.piece_id for one in built.rejections if one.reason in _PASSING}
    keys = list(compress(plan.keys, [piece_id not in passing for piece_id in plan.piece_ids]))
    files = {f"{name}.parquet": set_file(target / plan.folder, name, plan.number) for name in names}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        (scratch / _TALLY_FILE).write_text(json.dumps(built.tally))
        write_rejections(scratch, [one for one in built.rejections if one.piece_id not in passing])
        store.keep(room, keys, files | {name: scratch / name for name in (_TALLY_FILE, REJECTIONS_FILE)})


def _arranged(piece_ids: Sequence[str], parts: Sequence[tuple[Tables, Collection[str]]]) -> Tables:
    """The rows of all pieces in the order of `piece_ids`, each piece from the part that is said to have it."""
    rows = [_Rows(tables) for tables, _ in parts]
    owner = {piece_id: number for number, (_, pieces) in enumerate(parts) for piece_id in pieces}
    places = [(owner[piece_id], rows[owner[piece_id]].place.get(piece_id)) for piece_id in piece_ids]
    found = [(part, place) for part, place in places if place is not None]
    runs = [[member for _, member in run] for _, run in groupby(enumerate(found), lambda one: _line(*one))]
    return {
        name: pa.concat_tables(
            [rows[run[0][0]].between(name, run[0][1], run[-1][1] + 1) for run in runs] or [table.slice(0, 0)]
        )
        for name, table in parts[0][0].items()
    }


def _line(number: int, found: tuple[int, int]) -> tuple[int, int]:
    """The same for neighbours that are neighbours in their part too."""
    part, place = found
    return part, place - number


class _Rows:
    """Where the rows of each piece are in some tables."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        pieces = tables["pieces"]
        self._ends = {name: np.cumsum([0, *rows_per_piece(table, pieces)]) for name, table in tables.items()}
        self.place = {piece_id: place for place, piece_id in enumerate(pieces["piece_id"].to_pylist())}

    def between(self, name: str, first: int, last: int) -> pa.Table:
        """The rows in one table of the pieces from one place up to another."""
        start, end = int(self._ends[name][first]), int(self._ends[name][last])
        return self._tables[name].slice(start, end - start)


def rejections_of(sets: Iterable[BuiltSet]) -> list[Rejection]:
    """The rejections of all sets, by path."""
    return sorted((one for built in sets for one in built.rejections), key=lambda one: one.path)


def counting(progress: Callable[[int, int], None], total: int) -> Callable[[int], None]:
    """A function that adds up numbers and reports their sum of `total` to `progress`."""
    done = 0

    def advance(number: int) -> None:
        nonlocal done
        done += number
        progress(done, total)

    return advance
