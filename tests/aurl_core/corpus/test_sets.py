from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aurl_core.chunks import Casualty, SerialPool
from aurl_core.corpus.sets import Made, SetPlan, build_sets, counting, rejections_of
from aurl_core.corpus.store import Store
from aurl_core.parsing.rejection import Rejection


@dataclass
class Doubler:
    """Makes a piece with two notes of each word; words in capitals are rejected."""

    room: str = "doubled"
    made: list[str] = field(default_factory=list)

    def make(self, items: Sequence[str]) -> Made:
        self.made += items
        good = [item for item in items if item.islower()]
        notes = [name for name in good for _ in range(2)]
        tables = {"pieces": self._table(good, good), "notes": self._table(notes, notes)}
        return Made(tables, [self.rejected(item, "malformed") for item in items if item not in good])

    def tally(self, tables):
        return {"notes": len(tables["notes"])}

    def rejected(self, item, reason):
        return Rejection(item, item, reason, "as it was asked for")

    @staticmethod
    def _table(ids, words):
        return pa.table(
            {"piece_id": pa.array(ids, pa.string()).dictionary_encode(), "word": pa.array(words, pa.string())}
        )


class Losing(SerialPool):
    """A pool whose workers die of the word `bomb`."""

    def map(self, function, items, *, chunk_size=None):
        for item in items:
            is_lost = "bomb" in (item.items if isinstance(item, SetPlan) else [item])
            yield Casualty(item, "worker_died") if is_lost else function([item])


@pytest.fixture
def build(tmp_path):
    """A function that makes sets of words in a folder; it returns what was made anew, what there is, and the sets."""
    store, count = Store(tmp_path / "store"), iter(range(100))

    def make(*sets, pool=None):
        target, maker = tmp_path / f"out {next(count)}", Doubler()
        plans = [
            SetPlan(number, words, words, [f"key of {word}" for word in words]) for number, words in enumerate(sets)
        ]
        built = build_sets(
            plans, maker, target=target, store=store, pool=pool or SerialPool(), progress=lambda number: None
        )
        found = [pq.read_table(file)["word"].to_pylist() for file in sorted(target.glob("notes-*.parquet"))]
        return maker.made, found, built

    return make


def test_sets_hold_what_was_made_of_their_items(build):
    made, found, built = build(["a", "b"], ["c"])
    assert made == ["a", "b", "c"]
    assert found == [["a", "a", "b", "b"], ["c", "c"]]
    assert [one.tally for one in built] == [{"notes": 4}, {"notes": 2}]


def test_a_known_set_is_not_made_again(build):
    first = build(["a", "B"], ["c"])
    made, found, built = build(["a", "B"], ["c"])
    assert made == []
    assert (found, built) == first[1:]


def test_known_items_are_taken_from_other_sets_in_the_new_order(build):
    build(["a", "b", "c", "D"], ["e", "f"])
    made, found, built = build(["f", "x", "c", "D", "a", "b"])
    assert made == ["x"]
    assert found == [["f", "f", "x", "x", "c", "c", "a", "a", "b", "b"]]
    assert [one.path for one in rejections_of(built)] == ["D"]


def test_rejections_belong_to_the_items_of_the_set(build):
    build(["a", "B", "C"])
    _, _, built = build(["a", "C"])
    assert [one.path for one in rejections_of(built)] == ["C"]


def test_an_item_that_kills_its_worker_costs_itself_and_is_tried_again(build):
    _, found, built = build(["a", "bomb", "b"], ["c"], pool=Losing())
    assert found == [["a", "a", "b", "b"], ["c", "c"]]
    assert [(one.path, one.reason) for one in rejections_of(built)] == [("bomb", "worker_died")]
    made, found, built = build(["a", "bomb", "b"], ["c"])
    assert made == ["bomb"]
    assert found[0] == ["a", "a", "bomb", "bomb", "b", "b"]
    assert rejections_of(built) == []


def test_a_set_without_items_has_empty_tables(build):
    assert build([])[1] == [[]]


def test_a_harmed_segment_is_made_again(build, tmp_path):
    build(["a", "b"])
    for file in (tmp_path / "store").rglob("notes.parquet"):
        file.unlink()
        file.write_bytes(b"bit rot")
    made, found, _ = build(["a", "b"])
    assert (made, found) == (["a", "b"], [["a", "a", "b", "b"]])


def test_a_segment_that_is_evicted_while_it_is_linked_is_made_again(build, monkeypatch):
    def evicted(source, target):
        raise FileNotFoundError(source)

    build(["a", "b"])
    monkeypatch.setattr("aurl_core.corpus.sets.link", evicted)
    _, found, _ = build(["a", "b"])
    assert found == [["a", "a", "b", "b"]]


def test_counting_adds_up():
    told = []
    advance = counting(lambda *numbers: told.append(numbers), 5)
    advance(2)
    advance(3)
    assert told == [(2, 5), (5, 5)]
