import pytest

from aurl_core.errors import ParseError
from aurl_core.parsing.container import Chunk, sound_container, tracks_of

TRACK = b"MTrk\0\0\0\x04\x00\xff\x2f\x00"


def header(*, kind=1, tracks=1, division=b"\x01\xe0", length=6):
    return b"MThd" + length.to_bytes(4, "big") + kind.to_bytes(2, "big") + tracks.to_bytes(2, "big") + division


def reason_of(data):
    with pytest.raises(ParseError) as caught:
        sound_container(data)
    return caught.value.reason


def test_a_sound_file_is_left_as_it_is():
    data = header(tracks=2) + TRACK + TRACK
    assert sound_container(data) is data


@pytest.mark.parametrize(
    "data",
    [
        header(tracks=9) + TRACK,
        header() + TRACK + b"trailing",
        header() + b"XFIH\0\0\0\x02ab" + TRACK,
        header(length=8) + b"\0\0" + TRACK,
    ],
)
def test_counts_and_sizes_are_made_true(data):
    assert sound_container(data) == header() + TRACK


def test_a_riff_wrapper_is_taken_off():
    body = header() + TRACK
    data = b"RIFF" + (len(body) + 12).to_bytes(4, "little") + b"RMIDdata" + len(body).to_bytes(4, "little") + body
    assert sound_container(data + b"junk") == body


def test_tracks_are_found_by_their_sizes():
    assert tracks_of(header() + TRACK + TRACK) == [Chunk(14, 26), Chunk(26, 38)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty_file"),
        (b"<!DOCTYPE html>", "not_midi"),
        (b"MThd", "not_midi"),
        (header(kind=3) + TRACK, "malformed"),
        (header(division=b"\0\0") + TRACK, "malformed"),
        (header(division=b"\xe7\x28") + TRACK, "smpte_time"),
        (header() + TRACK[:-1], "truncated"),
    ],
)
def test_what_cannot_be_read_has_a_reason(data, reason):
    assert reason_of(data) == reason
