import pytest

from aurl_core.parsing.container import Chunk
from aurl_core.parsing.salvage_events import read_events
from tests.aurl_core.parsing.smf import END, note

SCALE = b"".join(note(pitch) for pitch in range(60, 68))


def read(events):
    return read_events(events, Chunk(0, len(events)))


def pitches(found):
    return [first for status, first in zip(found.statuses, found.firsts, strict=True) if status >> 4 == 9]


def test_sound_events_of_every_kind_are_read():
    found = read(
        b"\x00\xf0\x02\x01\xf7\x05\xff\x01\x02hi\x00\xc0\x05\x00\x90\x3c\x40\x10\x3c\x00\x81\x00\xe0\x00\x40" + END
    )
    assert list(zip(found.ticks, found.statuses, found.firsts, found.seconds, strict=True)) == [
        (5, 0xC0, 5, 0), (5, 0x90, 60, 64), (21, 0x90, 60, 0), (149, 0xE0, 0, 64),
    ]  # fmt: skip
    assert (found.metas, found.end, found.faults) == ([(5, 1, b"hi")], 149, [])


def test_running_status_is_kept_across_meta_events():
    found = read(b"\x00\x90\x3c\x40\x00\xff\x01\x00\x60\x3c\x00" + END)
    assert list(found.seconds) == [64, 0]
    assert found.faults == []


@pytest.mark.parametrize(
    ("events", "position", "told"),
    [
        (b"\x00\x90\x3c\x80", 2, "128 where a data byte"),
        (b"\x00\x3c\x40", 1, "a data byte where a status byte"),
        (b"\x00\xf4\x00", 1, "status 0xf4 has no place in a file"),
        (b"\x80\x80\x80\x80\x00\x90\x3c\x40", 0, "a quantity of more than four bytes"),
        (b"\x00\xff\x01\x7fabc", 2, "an event of 127 bytes goes past"),
        (b"\x00\x90", 2, "the track ends inside an event"),
        (b"\x00\xff", 2, "a meta event without a type"),
        (b"\x83", 1, "the track ends inside an event"),
        (note(60), 8, "the track has no end-of-track event"),
    ],
)
def test_the_first_fault_is_told_with_its_byte(events, position, told):
    fault = read(events).faults[0]
    assert fault.position == position
    assert fault.detail.startswith(told)


@pytest.mark.parametrize(
    "junk", [b"\x00\xf4", b"\x00\xf1\x7f", b"\xff\xff\xff\xff\xff", b"\x00\x90\x3c\xff", b"\x05\x00\xf9"]
)
def test_notes_before_and_after_the_damage_are_kept(junk):
    found = read(SCALE + junk + SCALE + END)
    assert [pitch for pitch in pitches(found) if pitch > 60] == 2 * [*range(61, 68)]


def test_values_out_of_range_are_handed_on():
    found = read(b"\x00\xb0\x07\xc8\x00\x90\x3c\xc8" + SCALE + END)
    assert list(found.seconds)[:2] == [0xC8, 0xC8]
    assert pitches(found) == [60, *range(60, 68)]


def test_padding_behind_the_end_is_told_and_left():
    found = read(note(60) + END + b"\0" * 9)
    assert [fault.detail for fault in found.faults] == ["9 bytes that are no events behind its end-of-track event"]
    assert pitches(found) == [60]


def test_noise_takes_a_time_in_proportion_to_its_length():
    found = read(bytes(range(256)) * 400)
    assert found.faults
