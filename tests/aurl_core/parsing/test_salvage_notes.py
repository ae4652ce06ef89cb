import pytest

from aurl_core.parsing.container import Chunk
from aurl_core.parsing.reading import ENDLESS, LATEST_TICK
from aurl_core.parsing.salvage_events import read_events
from aurl_core.parsing.salvage_notes import parts_of_track
from tests.aurl_core.parsing.smf import END, note


def parts(events):
    return parts_of_track(read_events(events, Chunk(0, len(events))), name="Flute")


def spans(part):
    return list(zip(part.onset.tolist(), (part.onset + part.duration).tolist(), part.pitch.tolist(), strict=True))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (b"\x00\x90\x3c\x40\x0a\x3c\x40\x0a\x3c\x00\x0a\x3c\x00", [(0, 20, 60), (10, 30, 60)]),
        (b"\x00\x80\x3c\x00\x05\x90\x3c\x40\x0a\x80\x3c\x00", [(5, 15, 60)]),
        (b"\x00\x90\x3c\x40\x00\x80\x3c\x00", [(0, 0, 60)]),
        (b"\x00\x90\x3c\x40\x00\x3e\x40\x0a\x3c\x00\x0a\x3e\x00", [(0, 10, 60), (0, 20, 62)]),
        (b"\x00\x90\x3c\x40\x0a\x3c\x40\x0a\x3c\x00", [(0, 20, 60), (10, 20 + ENDLESS, 60)]),
    ],
)
def test_messages_end_notes_first_in_first_out(events, expected):
    assert spans(parts(events + END)[0].part) == expected


def test_a_part_for_each_program_of_each_channel_in_that_order():
    events = note(60, channel=1) + b"\x00\xc1\x28" + note(62, channel=1) + note(36, channel=9) + note(64)
    found = [(one.part.program, one.part.is_drum, one.part.pitch.tolist()) for one in parts(events + END)]
    assert found == [(0, False, [64]), (0, False, [60]), (40, False, [62]), (0, True, [36])]


def test_controllers_belong_to_the_next_program_that_plays():
    events = b"\x00\xb0\x07\x64\x00\xc0\x05" + note(60) + b"\x00\xb0\x07\x32\x00\xc0\x06\x00\xb0\x07\x10" + note(62)
    first, second = parts(events + b"\x00\xc0\x07\x00\xe0\x00\x41" + END)
    assert (first.controls.value.tolist(), second.controls.value.tolist()) == ([100, 50], [16])
    assert (first.bends.value.tolist(), second.bends.value.tolist()) == ([], [])


def test_a_bend_is_told_from_its_middle():
    (only,) = parts(note(60) + b"\x00\xe0\x01\x41" + END)
    assert only.bends.value.tolist() == [129]


def test_what_cannot_be_counted_is_left_out():
    late = b"\xff\xff\xff\x7f\xb0\x07\x00" * (LATEST_TICK // 0xFFFFFFF + 1)
    assert len(parts(note(60) + late + note(62) + END)[0].part.onset) == 1


def test_a_track_without_notes_has_no_parts():
    assert parts(b"\x00\xb0\x07\x64" + END) == []
