import io

import mido
import pytest

from aurl_core.parsing.midi import read, read_midi
from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import EVENT_KINDS, WHOLE_PIECE, Events, Notes, Score, Track
from aurl_core.score.time import TempoMap
from tests.aurl_core.parsing.smf import END, rows, smf
from tests.aurl_core.parsing.smf import note as sounded


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


def test_a_file_without_notes_is_an_empty_score():
    score = read_midi(file_of([mido.MetaMessage("set_tempo", tempo=500000)]))
    assert (len(score.notes), score.tracks, len(score.events)) == (0, (), 1)


def test_a_note_that_nothing_ends_lasts_until_its_track_does():
    reading = read(smf(b"\x00\x90\x3c\x40\x00\x90\x3c\x40\x60\x80\x3c\x40\x60\xff\x2f\x00"))
    assert rows(reading.score) == [(0, 96, 60), (0, 192, 60)]
    assert reading.stuck.tolist() == [1]
    assert reading.faults == ()


def test_text_events_and_lyrics_are_told_apart():
    words = b"\x00\xff\x01\x06@TSong\x00\xff\x05\x02la\x60\xff\x01\x03end"
    events = read_midi(smf(words + sounded(60) + END)).events
    kinds = [EVENT_KINDS[kind] for kind in events.kind]
    assert list(zip(events.onset.tolist(), kinds, events.text, strict=True)) == [
        (0, "lyric", "la"), (0, "text", "@TSong"), (96, "text", "end"),
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_names_that_are_not_ascii_are_kept(encoding):
    name = "Violín".encode(encoding)
    data = smf(b"\x00\xff\x03" + bytes([len(name)]) + name + sounded(60) + END)
    assert read_midi(data).tracks[0].name == "Violín"


def test_film_frames_are_beats_of_half_a_second():
    score = read_midi(smf(b"\x00\xff\x51\x03\x01\x00\x00" + sounded(60) + END, division=b"\xe7\x28"))
    assert score.ticks_per_beat == 500
    assert TempoMap.of(score).seconds(96) == pytest.approx(96 / 1000)


@pytest.mark.parametrize("channel", [0, 14, 15])
@pytest.mark.parametrize("pitch", [0x80, 0xC8, 0xFF])
def test_a_pitch_out_of_range_costs_its_note_alone(channel, pitch):
    broken = sounded(60, channel=channel)[:2] + bytes([pitch, 0x40])
    reading = read(smf(broken + sounded(64, channel=channel) + sounded(67, channel=(channel + 1) % 16) + END))
    assert [row[2] for row in rows(reading.score)] == [64, 67]
    assert reading.faults[0].detail == f"track 0, {pitch} where a data byte (0 to 127) must stand"


def test_long_times_on_the_last_channel_need_no_salvage():
    rest = b"\x9f\x80\x00" + sounded(60, channel=15)[1:]
    assert rows(read(smf(sounded(62, channel=15) + rest + END)).score) == [(0, 96, 62), (508000, 508096, 60)]


def test_music_behind_an_early_end_of_track_is_kept():
    reading = read(smf(sounded(60) + END + sounded(62) + END))
    assert rows(reading.score) == [(0, 96, 60), (96, 192, 62)]
    assert "goes on behind its end-of-track" in reading.faults[0].detail
