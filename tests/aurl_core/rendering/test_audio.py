import io
import wave

import numpy as np
import pytest
import soundfile

from aurl_core.rendering.audio import held_offsets, render_audio, soundfont_path, write_mp3, write_wav
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track

NOTE = Notes.of(onset=[0], duration=24, pitch=60, velocity=90)


def pedals(*rows, track=0):
    return Events.of([("control_change", at, track, 64, value, "") for at, value in rows])


def loudness(samples, start, end):
    """Root mean square between two times in seconds."""
    return float(np.sqrt((samples[int(start * 44_100) : int(end * 44_100)].astype(float) ** 2).mean()))


def test_a_note_sounds_from_its_onset_to_its_offset():
    score = Score(24, Notes.of(onset=[24], duration=24, pitch=60, velocity=90))
    samples = render_audio(score)
    assert samples.shape[1] == 2
    assert 1.0 <= len(samples) / 44_100 <= 1.2
    assert loudness(samples, 0, 0.49) == 0
    assert loudness(samples, 0.5, 1) > 300


def test_a_note_dies_away_instead_of_breaking_off():
    samples = render_audio(Score(24, NOTE))
    early, late = loudness(samples, 0.50, 0.53), loudness(samples, 0.55, 0.58)
    assert loudness(samples, 0.45, 0.5) > early > late > 0


def test_the_tempo_counts():
    slow = Events.of([("tempo", 0, WHOLE_PIECE, 0, 60.0, "")])
    assert len(render_audio(Score(24, NOTE, (Track(),), slow))) > 1.9 * 44_100 / 2


def test_loud_music_is_scaled_to_fit_and_quiet_music_is_left_alone():
    cluster = Notes.of(onset=0, duration=24, pitch=np.arange(36, 96), velocity=127)
    assert np.abs(render_audio(Score(24, cluster)).astype(int)).max() == 32_767
    assert np.abs(render_audio(Score(24, NOTE)).astype(int)).max() < 20_000


def test_the_same_score_gives_the_same_bytes():
    assert write_wav(render_audio(Score(24, NOTE))) == write_wav(render_audio(Score(24, NOTE)))


def test_the_wav_reads_back():
    samples = np.array([[0, 1], [-32_767, 32_767]], np.int16)
    with wave.open(io.BytesIO(write_wav(samples, sample_rate=8000))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        assert np.frombuffer(file.readframes(2), np.int16).tolist() == [0, 1, -32_767, 32_767]


def test_the_mp3_sounds_like_the_samples_in_a_tenth_of_the_bytes():
    tone = np.rint(8000 * np.sin(np.arange(44_100) * 440 * 2 * np.pi / 22_050)).astype(np.int16)
    packed = write_mp3(tone, sample_rate=22_050)
    heard, rate = soundfile.read(io.BytesIO(packed), dtype="int16")
    assert (rate, packed) == (22_050, write_mp3(tone, sample_rate=22_050))
    assert len(packed) < tone.nbytes / 10
    assert np.argmax(np.abs(np.fft.rfft(heard[:22_050]))) == 440


def test_an_empty_score_is_silence():
    assert render_audio(Score(24)).shape == (0, 2)


def test_drums_do_not_sound_like_a_piano():
    kit = render_audio(Score(24, NOTE, (Track(is_drum=True),)))
    assert not np.array_equal(kit[:10_000], render_audio(Score(24, NOTE))[:10_000])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], [24, 72]),
        ([(10, 127.0), (90, 0.0)], [48, 90]),
        ([(30, 127.0), (90, 0.0)], [24, 90]),
        ([(0, 127.0), (40, 0.0), (60, 127.0)], [40, 72]),
        ([(0, 127.0)], [48, 72]),
    ],
)
def test_the_pedal_holds_notes_until_it_comes_up_or_they_start_again(rows, expected):
    notes = Notes.of(onset=[0, 48], duration=24, pitch=60)
    assert held_offsets(Score(24, notes, (Track(),), pedals(*rows))).tolist() == expected


def test_the_pedal_holds_its_own_track_alone():
    notes = Notes.of(onset=0, duration=24, pitch=60, track=[0, 1])
    score = Score(24, notes, (Track(), Track()), pedals((0, 127.0), (90, 0.0), track=1))
    assert held_offsets(score).tolist() == [24, 90]


def test_overlapping_notes_are_never_shortened():
    notes = Notes.of(onset=[0, 10], duration=40, pitch=60)
    assert held_offsets(Score(24, notes)).tolist() == [40, 50]


def test_the_soundfont_is_found():
    assert soundfont_path().stat().st_size > 1_000_000
