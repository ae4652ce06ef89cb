"""MIDI files written byte by byte, sound or not."""

END = b"\x00\xff\x2f\x00"


def smf(*tracks, kind=1, announced=None, division=b"\x01\xe0"):
    """A file of these tracks, whose events are given without their chunk's name and size."""
    count = len(tracks) if announced is None else announced
    return header(kind=kind, announced=count, division=division) + b"".join(map(chunk, tracks))


def header(*, kind=1, announced=1, division=b"\x01\xe0", size=6):
    return b"MThd" + size.to_bytes(4, "big") + kind.to_bytes(2, "big") + announced.to_bytes(2, "big") + division


def chunk(events, name=b"MTrk", size=None):
    return name + (len(events) if size is None else size).to_bytes(4, "big") + events


def note(pitch, *, delta=0, length=96, channel=0, velocity=64):
    """A note of up to 127 ticks."""
    return bytes([delta, 0x90 | channel, pitch, velocity, length, 0x80 | channel, pitch, 64])


def rows(score):
    """(onset, offset, pitch) of each note."""
    notes = score.notes
    return list(zip(notes.onset.tolist(), notes.offset.tolist(), notes.pitch.tolist(), strict=True))
