import numpy as np
import pytest

from aurl_core.errors import ParseError
from aurl_core.parsing.container import Chunk, container_of
from tests.aurl_core.parsing.smf import END, chunk, header, note, smf

TRACK = chunk(END)
FIRST = Chunk(22, 26)


def test_a_sound_file_has_no_faults():
    container = container_of(smf(END, END))
    assert (container.kind, container.ticks_per_beat, container.tempo_bpm, container.faults) == (1, 480, None, ())
    assert container.tracks == (FIRST, Chunk(34, 38))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (header(announced=9) + TRACK, "the header says 9 tracks, 1 follow"),
        (header() + TRACK + b"trailing", "8 bytes that are no chunk"),
        (header() + TRACK + b"tail", "4 bytes behind the last chunk"),
        (header(size=22) + TRACK, "the header claims 22 bytes"),
        (header(kind=3) + TRACK, "the header says type 3; 0, 1 and 2 are known"),
        (header() + chunk(END, size=999), "track 0: 999 bytes claimed, 4 are there"),
        (header() + chunk(END, name=b"mTrx"), "a track under the name b'mTrx'"),
        (header(division=b"\0\0") + TRACK, "0 ticks per beat; 480 are taken"),
    ],
)
def test_what_lies_is_told_and_the_track_is_found(data, told):
    container = container_of(data)
    assert container.tracks == (FIRST,)
    assert [fault.detail for fault in container.faults] == [told]


def test_chunks_of_other_names_and_longer_headers_are_no_fault():
    data = header(size=8) + b"\0\0" + chunk(b"ab", name=b"XFIH") + TRACK
    assert container_of(data).faults == ()
    assert container_of(data).tracks == (Chunk(34, 38),)


@pytest.mark.parametrize("size", [3, 500])
def test_a_wrong_size_hides_no_track_behind_it(size):
    data = header(announced=2) + chunk(note(60) + END, size=size) + TRACK
    assert container_of(data).tracks == (Chunk(22, 34), Chunk(42, 46))


@pytest.mark.parametrize(
    ("division", "ticks_per_beat", "tempo_bpm"),
    [(b"\xe7\x28", 500, 120.0), (b"\xe2\x01", 15, 120.0), (b"\xe3\x50", 1199, 119.98), (b"\xe7\x05", 62, 120.97)],
)
def test_film_frames_become_beats_of_half_a_second(division, ticks_per_beat, tempo_bpm):
    container = container_of(smf(END, division=division))
    assert container.ticks_per_beat == ticks_per_beat
    assert container.tempo_bpm == pytest.approx(tempo_bpm, abs=0.01)


def test_film_frames_know_no_tempo_events():
    found = np.array([0, 96]), np.array([500000, 250000])
    assert container_of(smf(END)).tempos(*found) is not None
    onset, microseconds = container_of(smf(END, division=b"\xe7\x28")).tempos(*found)
    assert (onset.tolist(), microseconds.tolist()) == ([0], [500000])


def test_a_header_that_is_cut_off_is_malformed():
    with pytest.raises(ParseError, match="malformed: the header ends after 9 bytes"):
        container_of(header()[:9])
