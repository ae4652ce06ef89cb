import io

import mido
import numpy as np
import pytest

from aurl_core.errors import ParseError
from aurl_core.parsing.midi import beats_per_minute, read_midi
from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track


def file_of(*tracks, kind=1, ticks_per_beat=480):
    """Bytes of a file, written by mido, another writer."""
    file = mido.MidiFile(type=kind, ticks_per_beat=ticks_per_beat)
    file.tracks.extend(mido.MidiTrack(track) for track in tracks)
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def note(pitch, *, channel=0, length=480, velocity=64):
    return [
        mido.Message("note_on", note=pitch, channel=channel, velocity=velocity),
        mido.Message("note_off", note=pitch, channel=channel, time=length),
    ]


def test_notes_tracks_and_clock():
    flute = [mido.MetaMessage("track_name", name="Flute"), mido.Message("program_change", program=73), *note(72)]
    kit = [*note(36, channel=9, length=120, velocity=100)]
    score = read_midi(file_of(flute, kit, ticks_per_beat=96))
    assert score.ticks_per_beat == 96
    assert score.tracks == (Track("Flute", 73, 0), Track("", 0, 9, is_drum=True))
    assert score.notes.equals(
        Notes.of(onset=[0, 0], duration=[480, 120], pitch=[72, 36], velocity=[64, 100], track=[0, 1])
    )


def test_each_program_of_each_channel_is_a_track():
    program = mido.Message("program_change", program=40, channel=1)
    score = read_midi(file_of([*note(60), *note(62, channel=1), program, *note(64, channel=1)], kind=0))
    assert [(track.program, track.channel) for track in score.tracks] == [(0, 0), (0, 1), (40, 2)]


def test_a_score_survives_being_written_and_read():
    rows = [
        ("tempo", 0, WHOLE_PIECE, 0, 66.0, ""),
        ("tempo", 960, WHOLE_PIECE, 0, 200.0, ""),
        ("time_signature", 0, WHOLE_PIECE, 1, 4.0, ""),
        ("time_signature", 480, WHOLE_PIECE, 12, 8.0, ""),
        ("key_signature", 0, WHOLE_PIECE, -5, 1.0, ""),
        ("control_change", 10, 0, 64, 127.0, ""),
        ("pitch_bend", 20, 1, 0, -300.0, ""),
        ("lyric", 0, 1, 0, 0.0, "hal-"),
        ("marker", 480, WHOLE_PIECE, 0, 0.0, "fermata"),
        ("chord_symbol", 480, WHOLE_PIECE, 0, 0.0, "F#m7"),
    ]
    rows.sort(key=lambda row: row[1])
    notes = Notes.of(onset=[0, 480, 480], duration=[480, 960, 240], pitch=[60, 64, 60], track=[0, 0, 1])
    tracks = (Track("Soprano", 52, 0, voice="soprano"), Track("Violín", 40, 1))
    score = Score(480, notes, tracks, Events.of(rows))
    assert read_midi(write_midi(score)).equals(score)


def test_overlapping_notes_of_one_pitch_end_first_in_first_out():
    on = [mido.Message("note_on", note=60, velocity=64, time=time) for time in (0, 10)]
    off = [mido.Message("note_off", note=60, time=10), mido.Message("note_off", note=60, time=10)]
    score = read_midi(file_of([*on, *off]))
    assert list(zip(score.notes.onset.tolist(), score.notes.offset.tolist(), strict=True)) == [(0, 20), (10, 30)]


def test_lyrics_of_a_track_without_notes_belong_to_the_whole_piece():
    words = [mido.MetaMessage("track_name", name="Words"), mido.MetaMessage("lyrics", text="la")]
    score = read_midi(file_of(words, note(60)))
    assert score.events.select("lyric").track.tolist() == [WHOLE_PIECE]
    assert len(score.tracks) == 1


def test_a_tempo_is_read_as_it_was_meant():
    assert beats_per_minute(np.array([909091, 500000, 631579])).tolist() == [66.0, 120.0, 95.0]
    assert round(60e6 / beats_per_minute(np.array([123457]))[0]) == 123457
    assert np.isinf(beats_per_minute(np.array([0]))[0])


def test_a_file_without_notes_is_an_empty_score():
    score = read_midi(file_of([mido.MetaMessage("set_tempo", tempo=500000)]))
    assert (len(score.notes), score.tracks, len(score.events)) == (0, (), 1)


def test_a_broken_event_is_named_with_its_place():
    data = file_of([mido.Message("program_change", program=1), *note(60)])
    position = data.index(b"\xc0\x01") + 1
    with pytest.raises(ParseError, match="track 0, byte 24: 200 where a data byte") as caught:
        read_midi(data[:position] + b"\xc8" + data[position + 1 :])
    assert caught.value.reason == "malformed"
