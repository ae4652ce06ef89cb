import hashlib
import subprocess
import sys

import pytest

from aurl_core.chunks import Casualty, SerialPool
from aurl_core.corpus.conversion import Conversion, convert
from aurl_core.corpus.store import Store
from aurl_core.parsing.midi import read_midi
from aurl_core.parsing.rejection import Rejection
from aurl_core.parsing.sources import Source
from aurl_core.parsing.stated import Stated

TUNE = "X:1\nT:A Tune\nC:Trad.\nM:4/4\nL:1/4\nK:C\nC D E F |]\n"


class LosingPool(SerialPool):
    """A pool in which every item kills its worker."""

    def map(self, function, items, *, chunk_size=None):
        yield from (Casualty(item, "worker_died") for item in items)


class NoPool(SerialPool):
    """A pool that must not be asked for anything."""

    def map(self, function, items, *, chunk_size=None):
        raise AssertionError(f"asked to do {items}")


@pytest.fixture
def make_source(tmp_path):
    def make(name, text):
        file = tmp_path / name
        file.write_text(text)
        return Source(name, file, len(text), hashlib.sha256(text.encode()).hexdigest(), "folk")

    return make


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "store") as opened:
        yield opened


def convert_with(pool, store, *sources):
    kept, steps = {}, []
    conversions, rejections = convert(
        sources,
        keep=lambda source, midi: kept.update({source.path: midi}),
        pool=pool,
        store=store,
        progress=lambda done, total: steps.append((done, total)),
    )
    return list(conversions.values()), rejections, kept, steps


def test_a_score_becomes_midi_with_what_it_says_of_itself(make_source, store):
    conversions, rejections, kept, steps = convert_with(SerialPool(), store, make_source("tune.abc", TUNE))
    assert conversions == [Conversion(b"", Stated("A Tune", "Trad."))]
    assert (rejections, steps) == ([], [(0, 1), (1, 1)])
    assert read_midi(kept["tune.abc"]).notes.pitch.tolist() == [60, 62, 64, 65]


def test_what_was_converted_once_is_found_in_the_store(make_source, store):
    source = make_source("tune.abc", TUNE)
    first = convert_with(SerialPool(), store, source)
    again = convert_with(NoPool(), store, source)
    assert again[:3] == first[:3]
    assert again[3] == [(1, 1)]


def test_a_failure_is_a_rejection_and_remembered_too(make_source, store):
    source = make_source("silent.abc", "X:1\nM:4/4\nL:1/4\nK:C\nz4 |]\n")
    expected = [Rejection("silent.abc", source.piece_id, "notation", "no note sounds in this score")]
    assert convert_with(SerialPool(), store, source)[:3] == ([], expected, {})
    assert convert_with(NoPool(), store, source)[:3] == ([], expected, {})


def test_what_midi_cannot_hold_is_a_rejection(make_source, store):
    source = make_source("odd.abc", "X:1\nM:4/3\nL:1/4\nK:C\nC D E F\n")
    assert [one.reason for one in convert_with(SerialPool(), store, source)[1]] == ["notation"]


def test_a_lost_worker_is_a_rejection_and_not_remembered(make_source, store):
    source = make_source("tune.abc", TUNE)
    conversions, rejections, kept, steps = convert_with(LosingPool(), store, source)
    assert (conversions, [one.reason for one in rejections], kept, steps[-1]) == ([], ["worker_died"], {}, (1, 1))
    assert len(convert_with(SerialPool(), store, source)[0]) == 1


def test_a_conversion_survives_packing():
    conversion = Conversion(b"MThd\nbytes\n", Stated("Title\nof two lines", style_tags=("a", "b")))
    assert Conversion.unpacked(conversion.packed()) == conversion


def test_the_parent_imports_nothing_heavy():
    program = (
        "import sys, aurl_core.corpus.ingested\n"
        "sys.exit(' '.join({'music21', 'torch', 'symusic', 'pandas', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert done.stderr.strip() == ""
