from hashlib import sha256
from typing import ClassVar

import pyarrow.parquet as pq
import pytest

from aurl_core.chunks import Casualty, SerialPool
from aurl_core.corpus.parsed import Folders, parse_corpus
from aurl_core.corpus.raw import write_manifest
from aurl_core.corpus.rejections import read_rejections, write_rejections
from aurl_core.corpus.schema import PARSED_NOTES, PARSED_PIECES, REPAIRS
from aurl_core.corpus.shards import read_scores, shard_files
from aurl_core.corpus.store import Store
from aurl_core.errors import InputError
from aurl_core.parsing.params import ParseParams
from aurl_core.parsing.rejection import Rejection
from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track

PARAMS = ParseParams(repair=True, min_tempo_bpm=5, max_tempo_bpm=1000, max_file_mb=1, mb_per_shard=1)
TEMPO = Events.of([("tempo", 0, WHOLE_PIECE, 0, 60.0, ""), ("tempo", 960, WHOLE_PIECE, 0, 240.0, "")])


class LosingPool(SerialPool):
    """A pool in which the file `lost.mid` hangs its worker, in a set or alone."""

    def map(self, function, items, *, chunk_size=None):
        for item in items:
            files = [item] if isinstance(item, dict) else item.items
            is_lost = any(file["path"] == "lost.mid" for file in files)
            yield Casualty(item, "timeout") if is_lost else function([item])


class CountingPool(SerialPool):
    """A pool that notes what is to be made anew."""

    made: ClassVar[list[str]] = []

    def map(self, function, items, *, chunk_size=None):
        for plan in items:
            known = {key for segment in plan.known for key in segment.keys}
            self.made.extend(file["path"] for file, key in zip(plan.items, plan.keys, strict=True) if key not in known)
        return super().map(function, items, chunk_size=chunk_size)


def piece(pitch, *, num_notes=2):
    notes = Notes.of(onset=[480 * n for n in range(num_notes)], duration=480, pitch=pitch)
    return Score(480, notes, (Track("Tenor", 52, 0, voice="tenor"),), TEMPO)


@pytest.fixture
def folders(tmp_path):
    """Folders with a manifest of the pieces that are written to the source."""
    made = Folders(tmp_path / "raw", tmp_path / "music")
    made.raw.mkdir()
    made.source.mkdir()
    return made


def fill(folders, files):
    nothing = dict.fromkeys(("title", "composer", "genre", "year", "licence_note"))
    rows = []
    for number, (path, data) in enumerate(files.items()):
        place = folders.raw if path.startswith("midi/") else folders.source
        (place / path).parent.mkdir(exist_ok=True)
        (place / path).write_bytes(data)
        rows.append(
            {"piece_id": f"{number:016}", "path": path, "midi_path": path, "is_converted": place == folders.raw,
             "sha256": sha256(data).hexdigest(), "bytes": len(data), "format": "midi", "collection": "made",
             "style_tags": [], **nothing}
        )  # fmt: skip
    write_manifest(folders.raw, rows)


def parse(folders, *, pool=None, name="parsed", store="store", params=PARAMS):
    target, steps = folders.raw.parent / name, []
    with Store(folders.raw.parent / store) as opened:
        tally = parse_corpus(
            folders,
            target,
            params,
            store=opened,
            pool=pool or SerialPool(),
            progress=lambda done, total: steps.append((done, total)),
        )
    return target, tally, steps


def contents(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_pieces_come_back_as_scores(folders):
    fill(folders, {"a.mid": write_midi(piece(60)), "midi/b.mid": write_midi(piece(72))})
    target, tally, steps = parse(folders)
    (first, one), (second, two) = read_scores(target)
    assert one.equals(piece(60))
    assert two.equals(piece(72))
    assert (first["num_notes"], first["duration_ticks"], first["duration_seconds"]) == (2, 960, 2.0)
    assert first["fingerprint"] == second["fingerprint"]
    assert (tally.num_files, tally.num_pieces, tally.num_notes, steps) == (2, 2, 4, [(2, 2)])


def test_notes_have_their_times_in_seconds(folders):
    fill(folders, {"a.mid": write_midi(piece(60, num_notes=3))})
    target, *_ = parse(folders)
    notes = pq.read_table(target / "notes-00000.parquet")
    assert notes.schema.equals(PARSED_NOTES, check_metadata=True)
    assert notes["onset_seconds"].to_pylist() == [0.0, 1.0, 2.0]
    assert notes["duration_seconds"].to_pylist() == [1.0, 1.0, 0.25]
    assert notes["note_index"].to_pylist() == [0, 1, 2]


def test_bad_files_are_rejections_beside_those_of_ingest(folders):
    fill(folders, {"good.mid": write_midi(piece(60)), "bad.mid": b"not music", "lost.mid": write_midi(piece(61))})
    write_rejections(folders.raw, [Rejection("a.abc", "0123", "notation", "no note sounds")])
    target, tally, steps = parse(folders, pool=LosingPool())
    assert [(one.path, one.reason) for one in read_rejections(target)] == [
        ("a.abc", "notation"),
        ("bad.mid", "not_midi"),
        ("lost.mid", "timeout"),
    ]
    assert (tally.num_files, tally.num_pieces, steps[-1]) == (4, 1, (3, 3))


def test_repairs_are_rows(folders):
    overlapping = Notes.of(onset=[0, 240], duration=480, pitch=60)
    fill(folders, {"a.mid": write_midi(Score(480, overlapping))})
    target, tally, _ = parse(folders)
    table = pq.read_table(target / "repairs-00000.parquet")
    assert table.schema.equals(REPAIRS, check_metadata=True)
    assert table.to_pylist() == [
        {"piece_id": f"{0:016}", "note_index": 0, "kind": "overlapping_note", "before": "duration 480",
         "after": "duration 240"}
    ]  # fmt: skip
    assert tally.repairs == {"overlapping_note": 1}
    assert pq.read_table(target / "pieces-00000.parquet")["num_repairs"].to_pylist() == [1]


MANY = {f"{n}.mid": write_midi(piece(40 + n, num_notes=1 + n % 3)) for n in range(40)}
SMALL_SETS = PARAMS.model_copy(update={"mb_per_shard": 0.001})


def test_what_is_known_is_not_made_again_and_leaves_no_trace(folders):
    fill(folders, MANY)
    cold, tally, _ = parse(folders, name="cold", params=SMALL_SETS)
    CountingPool.made.clear()
    warm, again, _ = parse(folders, name="warm", params=SMALL_SETS, pool=CountingPool())
    assert (CountingPool.made, again) == ([], tally)
    assert len(shard_files(cold)) > 4
    assert contents(warm) == contents(cold)


def test_a_changed_file_alone_is_parsed_again_and_the_sets_are_as_if_all_were_new(folders):
    fill(folders, MANY)
    parse(folders, name="before", params=SMALL_SETS)
    fill(folders, MANY | {"7.mid": write_midi(piece(90)), "21.mid": b"no music"})
    CountingPool.made.clear()
    changed, tally, _ = parse(folders, name="changed", params=SMALL_SETS, pool=CountingPool())
    assert sorted(CountingPool.made) == ["21.mid", "7.mid"]
    anew, as_new, _ = parse(folders, name="anew", params=SMALL_SETS, store="other")
    assert tally == as_new
    assert contents(changed) == contents(anew)


def test_other_settings_find_nothing_in_the_store(folders):
    fill(folders, MANY)
    parse(folders)
    CountingPool.made.clear()
    parse(folders, pool=CountingPool(), params=PARAMS.model_copy(update={"max_file_mb": 2}))
    assert len(CountingPool.made) == len(MANY)


def test_what_hung_is_tried_again_and_the_rest_is_not(folders):
    fill(folders, MANY | {"lost.mid": write_midi(piece(61))})
    _, tally, _ = parse(folders, pool=LosingPool())
    assert tally.rejections == {"timeout": 1}
    CountingPool.made.clear()
    _, healed, _ = parse(folders, name="again", pool=CountingPool())
    assert (CountingPool.made, healed.rejections, healed.num_pieces) == (["lost.mid"], {}, 41)


def test_pieces_carry_what_the_manifest_says(folders):
    fill(folders, {"a.mid": write_midi(piece(60))})
    target, *_ = parse(folders)
    pieces = pq.read_table(target / "pieces-00000.parquet")
    assert pieces.schema.equals(PARSED_PIECES, check_metadata=True)
    assert (pieces["path"].to_pylist(), pieces["collection"].to_pylist()) == (["a.mid"], ["made"])


def test_nothing_parsed_is_an_error_that_names_one(folders):
    fill(folders, {"a.mid": b"", "b.mid": b"not music"})
    with pytest.raises(InputError, match=r"none of the 2 files.*'empty_file': 1, 'not_midi': 1.*a\.mid: the file has"):
        parse(folders)
