import mido
import pytest

from aurl_core.evaluation.technical import midi_faults


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
