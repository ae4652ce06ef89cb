import io

import mido
import numpy as np
import pytest

from aurl_core.errors import InputError
from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track


def messages_of(data):
    """Each track's messages as mido, another reader, sees them."""
    return [list(track) for track in mido.MidiFile(file=io.BytesIO(data)).tracks]


PIANO = (Track(),)


def score_of(notes=None, tracks=PIANO, events=()):
    return Score(480, notes or Notes.of(onset=[0], duration=480, pitch=60), tracks, Events.of(events))


def test_notes_keep_tick_pitch_and_velocity():
    notes = Notes.of(onset=[0, 300, 70000], duration=[100, 200, 3], pitch=[60, 127, 0], velocity=[1, 64, 127])
    _, track = messages_of(write_midi(score_of(notes)))
    now, seen = 0, []
    for message in track:
        now += message.time
        if message.type in ("note_on", "note_off"):
            seen.append((now, message.type, message.note))
    assert seen == [
        (0, "note_on", 60), (100, "note_off", 60), (300, "note_on", 127), (500, "note_off", 127),
        (70000, "note_on", 0), (70003, "note_off", 0),
    ]  # fmt: skip
    assert [m.velocity for m in track if m.type == "note_on"] == [1, 64, 127]


def test_a_repeated_pitch_ends_before_it_starts_again():
    notes = Notes.of(onset=[0, 10], duration=10, pitch=60)
    kinds = [m.type for m in messages_of(write_midi(score_of(notes)))[1] if m.type.startswith("note")]
    assert kinds == ["note_on", "note_off", "note_on", "note_off"]


def test_a_zero_length_note_starts_before_it_ends():
    notes = Notes.of(onset=[0], duration=0, pitch=60)
    kinds = [m.type for m in messages_of(write_midi(score_of(notes)))[1] if m.type.startswith("note")]
    assert kinds == ["note_on", "note_off"]


def test_tracks_keep_name_program_and_own_channel():
    tracks = (Track("Flöte", program=73), Track("Kit", is_drum=True), Track("Bass", program=32))
    written = messages_of(write_midi(score_of(tracks=tracks)))[1:]
    names = [track[0].name.encode("latin1").decode() for track in written]
    assert names == ["Flöte", "Kit", "Bass"]
    assert [(track[1].channel, track[1].program) for track in written] == [(0, 73), (9, 0), (1, 32)]


def test_time_and_key_events_stand_in_the_first_track():
    events = [
        ("tempo", 0, WHOLE_PIECE, 0, 90.0, ""),
        ("time_signature", 0, WHOLE_PIECE, 6, 8.0, ""),
        ("key_signature", 960, WHOLE_PIECE, -3, 1.0, ""),
    ]
    first = messages_of(write_midi(score_of(events=events)))[0]
    assert (first[0].tempo, first[1].numerator, first[1].denominator) == (666667, 6, 8)
    assert (first[2].key, first[2].time) == ("Cm", 960)


def test_texts_keep_their_kind():
    events = [
        ("marker", 0, WHOLE_PIECE, 0, 0.0, "fermata"),
        ("chord_symbol", 0, WHOLE_PIECE, 0, 0.0, "G7"),
        ("text", 0, WHOLE_PIECE, 0, 0.0, "x" * 300),
        ("lyric", 0, 0, 0, 0.0, "la"),
    ]
    first, track = messages_of(write_midi(score_of(events=events)))
    assert [(m.type, m.text) for m in first[:3]] == [("marker", "fermata"), ("marker", "chord:G7"), ("text", "x" * 300)]
    assert [m.text for m in track if m.type == "lyrics"] == ["la"]


def test_controls_and_bends_keep_their_values():
    events = [
        ("control_change", 5, 0, 64, 127.0, ""),
        ("pitch_bend", 6, 0, 0, -8192.0, ""),
        ("pitch_bend", 7, 0, 0, 300.0, ""),
    ]
    track = messages_of(write_midi(score_of(events=events)))[1]
    assert [(m.control, m.value) for m in track if m.type == "control_change"] == [(64, 127)]
    assert [m.pitch for m in track if m.type == "pitchwheel"] == [-8192, 300]


def test_lineage_is_the_first_text_of_the_first_track():
    first = messages_of(write_midi(score_of(), lineage='{"seed": 1}'))[0]
    assert (first[0].type, first[0].text) == ("text", '{"seed": 1}')


def test_the_first_track_lasts_as_long_as_the_score():
    first = messages_of(write_midi(score_of()))[0]
    assert sum(message.time for message in first) == 480


def test_the_same_score_gives_the_same_bytes():
    score = score_of(Notes.of(onset=np.arange(50) % 7, duration=3, pitch=np.arange(50) + 40))
    assert write_midi(score) == write_midi(score)


@pytest.mark.parametrize(
    "score",
    [
        Score(40000),
        Score(480, events=Events.of([("time_signature", 0, WHOLE_PIECE, 4, 3.0, "")])),
        Score(480, Notes.of(onset=[1 << 29], duration=1, pitch=60)),
    ],
)
def test_what_the_format_cannot_hold_is_refused(score):
    with pytest.raises(InputError):
        write_midi(score)
