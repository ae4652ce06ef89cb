import pytest

from aurl_core.parsing.diagnosis import first_fault


def body_of(*tracks):
    chunks = [b"MTrk" + len(events).to_bytes(4, "big") + events for events in tracks]
    return b"MThd\0\0\0\x06\0\x01" + len(tracks).to_bytes(2, "big") + b"\x01\xe0" + b"".join(chunks)


@pytest.mark.parametrize(
    ("events", "reason", "detail"),
    [
        (b"\x00\x90\x3c\x80", "malformed", "byte 25: 128 where a data byte"),
        (b"\x00\x3c\x40", "malformed", "byte 23: a data byte where a status byte"),
        (b"\x00\xf4\x00", "malformed", "byte 24: status 0xf4 is not known"),
        (b"\x80\x80\x80\x80\x00\x90\x3c\x40", "malformed", "byte 22: a quantity of more than four bytes"),
        (b"\x00\xff\x01\x7fabc", "truncated", "byte 26: an event of 127 bytes goes past"),
        (b"\x00\x90", "truncated", "byte 24: an event of 2 bytes goes past"),
        (b"\x00\xff", "truncated", "byte 25: the track ends inside an event"),
    ],
)
def test_the_first_fault_is_named_with_its_byte(events, reason, detail):
    fault = first_fault(body_of(events))
    assert (fault.reason, fault.detail[: len("track 0, ") + len(detail)]) == (reason, f"track 0, {detail}")


def test_sound_events_of_every_kind_are_stepped_over():
    sound = b"\x00\xf0\x02\x01\xf7\x00\xc0\x05\x00\x90\x3c\x40\x10\x3c\x00\x81\x00\xe0\x00\x40\x00\xff\x2f\x00"
    fault = first_fault(body_of(sound, b"\x00\xff\x2f\x00"))
    assert fault.detail.startswith("the reader refuses")


def test_running_status_ends_with_a_meta_event():
    fault = first_fault(body_of(b"\x00\x90\x3c\x40\x00\xff\x01\x00\x00\x3c\x40"))
    assert fault.detail.startswith("track 0, byte 31: a data byte where a status byte")
