import pytest

from aurl_core.corpus.raw import read_manifest, write_manifest
from aurl_core.errors import MissingError

ROW = {
    "piece_id": "0123456789abcdef",
    "path": "bach/x.mxl",
    "midi_path": "midi/bach/x.mxl.mid",
    "is_converted": True,
    "sha256": "0123456789abcdef" * 4,
    "bytes": 12,
    "format": "musicxml",
    "title": "Air",
    "composer": None,
    "collection": "bach",
    "genre": None,
    "year": 1723,
    "style_tags": ["chorale"],
    "licence_note": None,
}


def test_rows_come_back_as_they_were_written(tmp_path):
    write_manifest(tmp_path, [ROW, {**ROW, "style_tags": [], "year": None}])
    assert read_manifest(tmp_path) == [ROW, {**ROW, "style_tags": [], "year": None}]


def test_a_manifest_that_is_not_there_says_what_to_run(tmp_path):
    with pytest.raises(MissingError, match="ingest, which writes it, has not run"):
        read_manifest(tmp_path)
