import logging

import pytest

from aurl_core.errors import InputError
from aurl_core.parsing.sidecar import read_sidecars
from aurl_core.parsing.stated import Stated

HEADER = "path,title,composer,genre,year,style_tags,licence_note\n"


@pytest.fixture
def said(tmp_path):
    """What tables, by path, say of some music."""

    def read(tables, *paths):
        for name, text in tables.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_sidecars(tmp_path, list(tables), set(paths))

    return read


def test_every_column_is_read(said):
    row = 'a.mid,"Air, for strings",J. S. Bach,suite,1731,slow; famous ;,public domain\n'
    expected = Stated("Air, for strings", "J. S. Bach", "suite", 1731, ("slow", "famous"), "public domain")
    assert said({"metadata.csv": HEADER + row}, "a.mid") == {"a.mid": expected}


def test_paths_are_relative_to_the_table(said):
    tables = {"old/tapes/list.csv": "file,composer\nside a\\x.mid,Somebody\n"}
    assert said(tables, "old/tapes/side a/x.mid")["old/tapes/side a/x.mid"].composer == "Somebody"


def test_a_deeper_table_counts_more(said):
    tables = {"b/metadata.csv": "path,title\nx.mid,deep\n", "metadata.csv": "path,title\nb/x.mid,high\n"}
    assert said(tables, "b/x.mid")["b/x.mid"].title == "deep"


def test_the_columns_of_known_collections_are_understood(said):
    header = "canonical_composer,canonical_title,split,year,midi_filename\n"
    found = said({"maestro.csv": header + "Alban Berg,Sonata Op. 1,train,2018,2018/x.mid\n"}, "2018/x.mid")
    assert found == {"2018/x.mid": Stated("Sonata Op. 1", "Alban Berg", year=2018)}


def test_tables_about_something_else_are_passed_over(said):
    tables = {"chords.csv": "start,end,label\n0,1,C:maj\n", "empty.csv": "", "list.csv": "path\nx.mid\n"}
    assert said(tables, "x.mid") == {}


def test_rows_without_music_are_noted(said, caplog):
    with caplog.at_level(logging.WARNING):
        assert list(said({"metadata.csv": "path,title\nhere.mid,x\ngone.mid,y\n"}, "here.mid")) == ["here.mid"]
    assert "1 of 2 rows of metadata.csv name no music that comes in: gone.mid" in caplog.text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("title,composer\nx,y\n", "it needs one of paths and one of facts"),
        ("", "has the columns none"),
        ("path,title\nx.mid,Air, for strings\n", r"metadata.csv, line 2 has 3 cells and the header 2"),
        ("path,year\nx.mid,ca. 1700\n", r"line 2 has 'ca. 1700' for a year"),
        (b"path,title\nx.mid,\xff\xfe\n", "no CSV in UTF-8"),
        ('path,title\nx.mid,"open\n', "no CSV in UTF-8"),
    ],
)
def test_a_malformed_table_is_an_error_with_its_place(said, text, complaint):
    with pytest.raises(InputError, match=complaint):
        said({"metadata.csv": text}, "x.mid")


def test_another_malformed_file_is_passed_over(said, caplog):
    assert said({"notes.csv": b"\xff\xfe\x00"}, "x.mid") == {}
    assert "notes.csv is passed over" in caplog.text
