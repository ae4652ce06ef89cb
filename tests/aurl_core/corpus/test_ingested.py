import hashlib

import pytest

from aurl_core.chunks import SerialPool
from aurl_core.corpus.ingested import ingest_corpus
from aurl_core.corpus.raw import read_manifest
from aurl_core.corpus.rejections import read_rejections
from aurl_core.corpus.store import Store
from aurl_core.errors import InputError
from aurl_core.parsing.midi import read_midi
from aurl_core.parsing.params import IngestParams

TUNE = "X:1\nT:A Tune\nC:Trad.\nM:4/4\nL:1/4\nK:C\nC D E F |]\n"
SILENT = "X:1\nM:4/4\nL:1/4\nK:C\nz4 |]\n"


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "music"
    (folder / "folk").mkdir(parents=True)
    return folder


def ingest(source, **settings):
    target = source.parent / "raw"
    target.mkdir(exist_ok=True)
    params = IngestParams(source=str(source), **settings)
    with Store(source.parent / "store") as store:
        tally = ingest_corpus(target, params, pool=SerialPool(), store=store, progress=lambda done, total: None)
    return target, tally


def test_notation_is_converted_and_midi_read_in_place(source):
    (source / "folk" / "tune.abc").write_text(TUNE)
    (source / "song.mid").write_bytes(b"any bytes")
    target, tally = ingest(source)
    tune, song = read_manifest(target)
    assert (tune["midi_path"], tune["is_converted"], tune["title"], tune["composer"], tune["collection"]) == (
        "midi/folk/tune.abc.mid", True, "A Tune", "Trad.", "folk",
    )  # fmt: skip
    assert (song["midi_path"], song["is_converted"], song["title"], song["collection"]) == (
        "song.mid", False, "song", "music",
    )  # fmt: skip
    assert song["sha256"] == hashlib.sha256(b"any bytes").hexdigest()
    assert read_midi((target / tune["midi_path"]).read_bytes()).notes.pitch.tolist() == [60, 62, 64, 65]
    assert [file.name for file in target.rglob("*.mid")] == ["tune.abc.mid"]
    assert (tally.num_pieces, tally.num_converted, tally.num_bytes) == (2, 1, len(TUNE) + 9)


def test_what_cannot_come_in_is_on_record(source):
    (source / "a.abc").write_text(TUNE)
    (source / "b.abc").write_text(TUNE)
    (source / "c.abc").write_text(SILENT)
    target, tally = ingest(source)
    assert [(one.path, one.reason) for one in read_rejections(target)] == [
        ("b.abc", "duplicate"),
        ("c.abc", "notation"),
    ]
    assert [row["path"] for row in read_manifest(target)] == ["a.abc"]
    assert tally.rejections == {"duplicate": 1, "notation": 1}


def test_the_same_files_give_the_same_bytes(source):
    (source / "tune.abc").write_text(TUNE)
    target, _ = ingest(source)
    first = {file: file.read_bytes() for file in target.rglob("*.*")}
    ingest(source)
    assert first == {file: file.read_bytes() for file in target.rglob("*.*")}
    assert len(first) == 3


def test_nothing_but_rejections_is_an_error_that_names_one(source):
    (source / "c.abc").write_text(SILENT)
    with pytest.raises(InputError, match=r"none of the 1 files.*'notation': 1.*c\.abc: no note sounds"):
        ingest(source)


def test_the_embedded_corpus_knows_its_composer_and_licence(tmp_path):
    target = tmp_path / "raw"
    target.mkdir()
    others = ("*.krn", "*.xml", *(f"bach/bwv{start}*" for start in "1234578"), "bach/bwv6[!6]*", "bach/bwv9*")
    params = IngestParams(source="music21", collections=("bach",), exclude=others)
    with Store(tmp_path / "store") as store:
        ingest_corpus(target, params, pool=SerialPool(), store=store, progress=lambda done, total: None)
    (row,) = read_manifest(target)
    assert row["path"] == "bach/bwv66.6.mxl"
    assert row["composer"] == "Johann Sebastian Bach"
    assert row["licence_note"].startswith("music21 corpus")


def test_what_is_known_of_a_piece_stands_in_the_manifest(source):
    (source / "folk" / "tune.abc").write_text(TUNE.replace("M:4/4", "R:reel\nM:4/4"))
    named = b"MTrk\0\0\0\x0d\0\xff\x03\x05Waltz\0\xff\x2f\0"
    (source / "song.mid").write_bytes(b"MThd\0\0\0\6\0\1\0\1\0\x60" + named)
    (source / "metadata.csv").write_text("path,genre,year,style_tags\nsong.mid,pop,1999,fast;loud\n")
    tune, song = read_manifest(ingest(source)[0])
    assert (tune["title"], tune["composer"], tune["style_tags"]) == ("A Tune", "Trad.", ["reel"])
    assert (song["title"], song["genre"], song["year"], song["style_tags"]) == ("Waltz", "pop", 1999, ["fast", "loud"])
