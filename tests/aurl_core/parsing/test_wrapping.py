import gzip
import io
import zipfile

import pytest

from aurl_core.errors import ParseError
from aurl_core.parsing.wrapping import unwrapped
from tests.aurl_core.parsing.smf import END, note, smf

FILE = smf(note(60) + END)


def zipped(*files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def riff(data, *, size=None):
    length = len(data) if size is None else size
    return b"RIFF" + (length + 12).to_bytes(4, "little") + b"RMIDdata" + length.to_bytes(4, "little") + data


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (FILE, []),
        (riff(FILE) + b"LISTjunk", []),
        (gzip.compress(FILE, mtime=0), ["packed with gzip"]),
        (zipped(("readme.txt", b"hello"), ("song.mid", FILE)), ["packed with zip"]),
        (gzip.compress(zipped(("song.mid", FILE)), mtime=0), ["packed with gzip", "packed with zip"]),
        (b"\0" * 128 + FILE, ["128 bytes stand before the header"]),
    ],
)
def test_what_stands_around_the_file_is_taken_off(data, told):
    body, faults = unwrapped(data, max_bytes=1000)
    assert body == FILE
    assert [fault.detail for fault in faults] == told


def test_a_riff_size_that_cannot_be_true_is_ignored():
    assert unwrapped(riff(FILE, size=9999), max_bytes=1000)[0] == FILE


def test_a_header_under_a_damaged_name_is_one():
    data = b"\0" + FILE[1:]
    assert unwrapped(data, max_bytes=1000) == (data, [])


def test_tracks_whose_header_is_lost_get_one():
    body, faults = unwrapped(FILE[5:], max_bytes=1000)
    assert body == FILE
    assert [fault.detail for fault in faults] == ["no header; 480 ticks per beat are taken"]


def test_a_damaged_gzip_gives_what_comes_before_the_damage():
    body, _ = unwrapped(gzip.compress(FILE, compresslevel=0, mtime=0)[:-12], max_bytes=1000)
    assert body.startswith(FILE[:-10])


@pytest.mark.parametrize(
    ("data", "reason", "detail"),
    [
        (b"", "empty_file", "the file has no bytes"),
        (b"<!DOCTYPE html><html>", "not_midi", "an HTML page"),
        (b"\n<div><head>", "not_midi", "an HTML page"),
        (b"\0" * 4096, "not_midi", "4096 zero bytes"),
        (b"\xff\xfeh\0i\0", "not_midi", "UTF-16 text"),
        (zipped(("a.mid", FILE), ("b.mid", FILE)), "archive", "2 MIDI files among 2: a.mid, b.mid"),
        (zipped(("a.txt", b"no")), "archive", "0 MIDI files among 1"),
        (b"PK\x03\x04 a zip archive", "archive", "cannot be unpacked"),
        (b"\x1f\x8b\x08\x00 no gzip", "archive", "cannot be unpacked"),
        (gzip.compress(FILE + b"\0" * 5000, mtime=0), "too_large", "more than 1000 bytes"),
        (zipped(("a.mid", FILE + b"\0" * 5000)), "too_large", "5034 bytes when unpacked"),
    ],
)
def test_what_holds_no_midi_is_named(data, reason, detail):
    with pytest.raises(ParseError) as caught:
        unwrapped(data, max_bytes=1000)
    assert caught.value.reason == reason
    assert detail in caught.value.detail
