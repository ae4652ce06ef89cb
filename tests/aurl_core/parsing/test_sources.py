import hashlib
import os

import pytest

from aurl_core.errors import InputError
from aurl_core.parsing.params import IngestParams
from aurl_core.parsing.sources import find_sources, source_folder


@pytest.fixture
def folder(tmp_path):
    """A folder of files whose content is their path, so that each has its own hash."""
    for path in ("a.mid", "jazz/b.MIDI", "jazz/deep/c.kar", "pop/d.rmi", "pop/e.mxl", "pop/notes.txt", ".hidden/f.mid"):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)
    (tmp_path / "pop" / "._d.rmi").write_text("a resource fork")
    return tmp_path


def paths_of(folder, **settings):
    sources, _ = find_sources(IngestParams(source=str(folder), **settings))
    return [source.path for source in sources]


def test_music_is_found_in_all_subfolders_by_its_name(folder):
    assert paths_of(folder) == ["a.mid", "jazz/b.MIDI", "jazz/deep/c.kar", "pop/d.rmi", "pop/e.mxl"]


def test_only_the_collections_asked_for(folder):
    assert paths_of(folder, collections=("jazz/deep", "pop")) == ["jazz/deep/c.kar", "pop/d.rmi", "pop/e.mxl"]


def test_a_dot_is_the_whole_source(folder):
    assert paths_of(folder, collections=(".",)) == paths_of(folder)


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("jazz", ["a.mid", "pop/d.rmi", "pop/e.mxl"]),
        ("jazz/", ["a.mid", "pop/d.rmi", "pop/e.mxl"]),
        ("*.mxl", ["a.mid", "jazz/b.MIDI", "jazz/deep/c.kar", "pop/d.rmi"]),
        (hashlib.sha256(b"a.mid").hexdigest()[:16], ["jazz/b.MIDI", "jazz/deep/c.kar", "pop/d.rmi", "pop/e.mxl"]),
    ],
)
def test_what_is_excluded_stays_out(folder, pattern, left):
    assert paths_of(folder, exclude=(pattern,)) == left


def test_a_source_knows_its_bytes_format_and_collection(folder):
    sources, _ = find_sources(IngestParams(source=str(folder)))
    first, second = sources[0], sources[4]
    assert (first.bytes, first.sha256) == (5, hashlib.sha256(b"a.mid").hexdigest())
    assert first.piece_id == first.sha256[:16]
    assert (first.format, first.collection) == ("midi", folder.name)
    assert (second.format, second.collection) == ("musicxml", "pop")


def test_the_same_bytes_come_in_once(folder):
    (folder / "z.mid").write_text("a.mid")
    sources, rejections = find_sources(IngestParams(source=str(folder)))
    assert len(sources) == 5
    assert [(one.path, one.reason, one.detail) for one in rejections] == [
        ("z.mid", "duplicate", "the same bytes as a.mid")
    ]


def test_a_file_that_cannot_be_read_is_a_rejection(folder):
    (folder / "gone.mid").symlink_to(folder / "nowhere")
    _, rejections = find_sources(IngestParams(source=str(folder)))
    assert [(one.path, one.piece_id, one.reason) for one in rejections] == [("gone.mid", None, "unreadable")]


def test_a_pipe_is_a_rejection_and_nothing_waits_for_it(folder):
    os.mkfifo(folder / "pipe.mid")
    _, rejections = find_sources(IngestParams(source=str(folder)))
    assert [(one.path, one.reason) for one in rejections] == [("pipe.mid", "unreadable")]


def test_a_name_that_no_table_can_hold_is_a_rejection(folder):
    (folder / os.fsdecode(b"caf\xe9.mid")).write_text("music")
    sources, rejections = find_sources(IngestParams(source=str(folder)))
    assert len(sources) == 5
    assert [(one.path, one.reason) for one in rejections] == [("caf?.mid", "unreadable")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every folder")
def test_a_folder_that_cannot_be_looked_into_is_a_rejection(folder):
    (folder / "jazz").chmod(0)
    sources, rejections = find_sources(IngestParams(source=str(folder)))
    (folder / "jazz").chmod(0o755)
    assert [source.path for source in sources] == ["a.mid", "pop/d.rmi", "pop/e.mxl"]
    assert [(one.path, one.reason, one.detail) for one in rejections] == [("jazz", "unreadable", "Permission denied")]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"collections": ("rock",)}, r"collections names 'rock'.*it has jazz, pop"),
        ({"exclude": ("*",)}, r"no music was found.*\.musicxml"),
    ],
)
def test_nothing_to_ingest_is_an_error_that_says_what_there_is(folder, settings, message):
    with pytest.raises(InputError, match=message):
        find_sources(IngestParams(source=str(folder), **settings))


def test_a_folder_that_is_not_there_is_an_error():
    with pytest.raises(InputError, match="'nowhere', and there is no such folder"):
        source_folder("nowhere")


def test_music21_is_the_corpus_of_that_package():
    assert (source_folder("music21") / "bach").is_dir()


def test_a_folder_called_after_a_composer_says_whose_music_it_holds(tmp_path):
    for path in ("Bach, Johann Sebastian/a.mid", "solo/haydn/b.mid", "Bachelor/c.mid"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(path)
    sources, _ = find_sources(IngestParams(source=str(tmp_path)))
    assert [source.stated.composer for source in sources] == ["Johann Sebastian Bach", None, "Joseph Haydn"]


def test_a_table_counts_more_than_the_folder_and_is_no_music_itself(folder):
    (folder / "jazz" / "metadata.csv").write_text("file,composer,year\nb.MIDI,Someone,1959\n")
    sources, rejections = find_sources(IngestParams(source=str(folder)))
    assert {source.path: source.stated.year for source in sources if source.stated.year} == {"jazz/b.MIDI": 1959}
    assert (len(sources), rejections) == (5, [])


def test_a_large_file_has_the_hash_of_all_its_bytes(tmp_path):
    data = bytes(range(256)) * 8192
    (tmp_path / "large.mid").write_bytes(data)
    [source], _ = find_sources(IngestParams(source=str(tmp_path)))
    assert (source.sha256, source.bytes) == (hashlib.sha256(data).hexdigest(), 2 << 20)
