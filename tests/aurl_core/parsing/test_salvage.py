import numpy as np
import pytest

from aurl_core.parsing.container import container_of
from aurl_core.parsing.midi import read
from aurl_core.parsing.salvage import salvage
from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track
from tests.aurl_core.parsing.smf import END, note, rows, smf


def salvaged(data):
    return salvage(data, container_of(data))


@pytest.fixture(scope="module")
def piece():
    """Three tracks, a hundred notes each, with events of every kind."""
    draw = np.random.default_rng(1)
    pitch = np.tile(np.arange(40, 90, 0.5).astype(int), 3)
    onset = draw.integers(0, 20000, 300)
    notes = Notes.of(
        onset=onset, duration=draw.integers(1, 200, 300), pitch=pitch, velocity=90, track=np.arange(300) // 100
    )
    events = [
        ("tempo", 0, WHOLE_PIECE, 0, 66.0, ""), ("time_signature", 0, WHOLE_PIECE, 3, 4.0, ""),
        ("key_signature", 0, WHOLE_PIECE, -5, 1.0, ""), ("marker", 960, WHOLE_PIECE, 0, 0.0, "fermata"),
        ("chord_symbol", 960, WHOLE_PIECE, 0, 0.0, "Am"), ("control_change", 5, 0, 64, 127.0, ""),
        ("pitch_bend", 7, 1, 0, -300.0, ""), ("lyric", 0, 2, 0, 0.0, "la"), ("text", 0, 2, 0, 0.0, "@Tsong"),
    ]  # fmt: skip
    tracks = Track("Flute", 73, 0), Track("Violín", 40, 1), Track("Kit", 0, 9, is_drum=True)
    return Score(480, notes, tracks, Events.of(events))


def test_a_sound_file_comes_out_as_from_the_fast_reader(piece):
    data = write_midi(piece)
    fast, slow = read(data), salvaged(data)
    assert fast.faults == slow.faults == ()
    assert slow.score.equals(fast.score)
    assert np.array_equal(slow.stuck, fast.stuck)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_file_that_is_cut_off_keeps_the_notes_before(piece, kept):
    data = write_midi(piece)
    position = int(len(data) * kept)
    reading = read(data[:position])
    known = set(rows(piece))
    complete = [row for number, row in enumerate(rows(reading.score)) if number not in reading.stuck]
    assert set(complete) <= known
    assert len(complete) >= 0.9 * kept * len(known) - 20
    assert reading.faults


def test_damage_in_one_track_leaves_the_others_alone(piece):
    data = bytearray(write_midi(piece))
    second = data.index(b"MTrk", data.index(b"MTrk", data.index(b"MTrk") + 4) + 4)
    data[second + 200 : second + 220] = b"\xff" * 20
    found = read(bytes(data)).score
    for name in ("Flute", "Kit"):
        number = [track.name for track in found.tracks].index(name)
        before = piece.notes.take(piece.notes.track == [track.name for track in piece.tracks].index(name))
        after = found.notes.take(found.notes.track == number)
        assert after.onset.tolist() == before.onset.tolist()


def test_patterns_of_a_type_2_file_sound_one_after_the_other():
    slow = b"\x00\xff\x51\x03\x0f\x42\x40"
    score = read(smf(slow + note(60) + END, b"\x00\xff\x58\x04\x03\x02\x18\x08" + note(62) + END, kind=2)).score
    assert rows(score) == [(0, 96, 60), (480, 576, 62)]
    assert score.events.select("tempo").value.tolist() == [60.0, 120.0]


def test_a_type_2_file_with_one_tempo_map_is_of_type_1():
    reading = read(smf(b"\x00\xff\x51\x03\x0f\x42\x40" + END, note(60) + END, note(62) + END, kind=2))
    assert rows(reading.score) == [(0, 96, 60), (0, 96, 62)]
    assert [fault.detail for fault in reading.faults] == ["the header says type 2, and one tempo map serves all tracks"]


def test_text_without_a_part_that_sounds_is_of_the_whole_piece():
    reading = salvaged(smf(b"\x00\xff\x01\x05words" + END, note(60) + END))
    assert reading.score.events.track.tolist() == [WHOLE_PIECE]
