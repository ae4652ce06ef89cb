import mido
import numpy as np
import pytest

from aurl_core.evaluation.technical import midi_faults, repeated_bar_rate
from aurl_core.score.score import Notes, Score


def faults(folder, *messages):
    file = mido.MidiFile(ticks_per_beat=24)
    file.tracks.append(mido.MidiTrack([mido.Message(kind, time=time, **fields) for kind, time, fields in messages]))
    file.save(folder / "piece.mid")
    return midi_faults(folder / "piece.mid")


def on(pitch, time=0, channel=0):
    return "note_on", time, {"note": pitch, "velocity": 64, "channel": channel}


def off(pitch, time=24, channel=0):
    return "note_off", time, {"note": pitch, "channel": channel}


def test_a_sound_file_has_no_faults(tmp_path):
    found = faults(tmp_path, on(60), on(64), off(60), off(64, 0), on(60), off(60))
    assert (found.num_notes, found.pairing_errors, found.zero_length_notes) == (3, 0, 0)
    assert (found.out_of_range_notes, found.reread_difference) == (0, 0)


@pytest.mark.parametrize(
    "messages",
    [(on(60), on(60, 12), off(60)), (on(60), off(60), off(60)), (on(60), off(60), on(62))],
    ids=["struck while sounding", "released while silent", "never released"],
)
def test_pairing_errors(tmp_path, messages):
    assert faults(tmp_path, *messages).pairing_errors == 1


def test_zero_length_notes(tmp_path):
    assert faults(tmp_path, on(60), off(60, 0)).zero_length_notes == 1


def test_range_is_the_piano_and_drums_have_none(tmp_path):
    found = faults(tmp_path, on(20), off(20), on(109), off(109), on(20, channel=9), off(20, channel=9))
    assert found.out_of_range_notes == 2


def test_notes_that_another_reader_does_not_find(tmp_path):
    assert faults(tmp_path, on(60), off(60), on(62)).reread_difference == 1


def bars(*patterns):
    onset = [bar * 96 + beat * 24 for bar, pattern in enumerate(patterns) for beat in range(len(pattern))]
    return Score(24, Notes.of(onset=onset, duration=24, pitch=np.concatenate(patterns).astype(int)))


def test_repeated_bars_wherever_they_stand():
    assert repeated_bar_rate(bars([60, 62], [64, 65], [60, 62])) == pytest.approx(1 / 3)


def test_transposed_or_reordered_bars_are_no_repeats():
    assert repeated_bar_rate(bars([60, 62], [62, 64], [62, 60])) == 0


def test_empty_bars_do_not_count():
    assert repeated_bar_rate(bars([60, 62], [], [], [60, 62])) == 0.5
    assert np.isnan(repeated_bar_rate(Score(24)))
