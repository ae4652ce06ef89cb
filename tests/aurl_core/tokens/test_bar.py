import numpy as np
import pytest

from aurl_core.errors import InputError
from aurl_core.score.score import Events, Notes, Score, Track
from aurl_core.tokens.bar import BarTokenizer
from aurl_core.tokens.params import BarTokenizerConfig

TOKENIZER = BarTokenizer(BarTokenizerConfig(steps_per_beat=24))

PIANO = (Track(),)


def spelled(score):
    return " ".join(TOKENIZER.vocabulary.tokens[number] for number in TOKENIZER.encode(score))


def song(events=(), tracks=PIANO, **notes):
    return Score(
        24, Notes.of(**({"pitch": 60, "duration": 24, "velocity": 66} | notes)), tracks, Events.of(list(events))
    )


def meter(onset, upper, lower):
    return ("time_signature", onset, -1, upper, float(lower), "")


def test_an_empty_score_is_a_header_and_a_bar():
    assert spelled(Score(24)) == "BOS TEMPO_32 PROGRAM_0 BAR TIME_SIGNATURE_4/4 EOS"


def test_what_stays_is_not_said_again():
    assert spelled(song(onset=[0, 0, 24], pitch=[60, 64, 62])).split("POSITION_0 ")[1] == (
        "PROGRAM_0 VELOCITY_16 DURATION_24 PITCH_60 PITCH_64 POSITION_24 PITCH_62 EOS"
    )


def test_each_track_remembers_its_own_velocity_and_duration():
    tracks = (Track(program=40), Track(is_drum=True))
    score = song(
        onset=[0, 0, 24, 24], duration=[24, 6, 24, 6], velocity=[66, 90, 66, 90], track=[0, 1, 0, 1], tracks=tracks
    )
    assert spelled(score).endswith("POSITION_24 PROGRAM_40 PITCH_60 DRUMS PITCH_60 EOS")


def test_tracks_of_one_program_are_voices():
    score = song(onset=[0, 0, 24], track=[0, 1, 0], tracks=(Track(), Track()))
    assert spelled(score).endswith("VOICE_1 VELOCITY_16 DURATION_24 PITCH_60 POSITION_24 VOICE_0 PITCH_60 EOS")


def test_a_voice_is_said_after_another_program():
    score = song(onset=[0, 24], track=[1, 2], tracks=(Track(), Track(program=40), Track()))
    assert "PROGRAM_0 VOICE_1 VELOCITY_16" in spelled(score)


def test_a_pickup_is_a_bar_of_its_own_length():
    score = song([meter(0, 4, 4), meter(24, 4, 4)], onset=[0, 24, 120])
    assert spelled(score).split("BAR")[1:] == [
        " TIME_SIGNATURE_4/4 POSITION_0 PROGRAM_0 VELOCITY_16 DURATION_24 PITCH_60 POSITION_24 ",
        " TIME_SIGNATURE_4/4 POSITION_0 PITCH_60 ",
        " POSITION_0 PITCH_60 EOS",
    ]


def test_a_meter_that_changes_on_a_bar_line_cuts_nothing():
    assert " PITCH_60 BAR TIME_SIGNATURE_3/8 POSITION_0 PITCH_60 " in spelled(
        song([meter(0, 5, 8), meter(60, 3, 8)], onset=[0, 60])
    )


def test_silence_is_bars():
    assert spelled(song(onset=[0, 24 * 17])).count("BAR") == 5


def test_a_long_note_is_a_sum():
    assert "DURATION_3072+ DURATION_192+ DURATION_9 PITCH_60" in spelled(song(onset=0, duration=3072 + 192 + 9))


def test_a_late_position_in_a_long_bar_is_a_sum():
    assert "POSITION_384+ POSITION_5 PROGRAM_0" in spelled(song([meter(0, 64, 4)], onset=[389]))


def test_pedal_and_tempo_have_their_turn():
    events = [("tempo", 24, -1, 0, 60.0, ""), ("control_change", 24, 0, 64, 127.0, "")]
    assert spelled(song(events, onset=[0, 24])).endswith("POSITION_24 TEMPO_16 SUSTAIN_ON PITCH_60 EOS")


def test_unisons_stay_two_notes():
    assert spelled(song(onset=[0, 0], duration=[24, 48])).endswith("DURATION_24 PITCH_60 DURATION_48 PITCH_60 EOS")


def test_an_id_beyond_the_vocabulary_is_refused():
    with pytest.raises(InputError, match="0 to 1233"):
        TOKENIZER.decode([1, 1234])


def test_there_is_one_pitch_a_note():
    ids = TOKENIZER.encode(song(onset=np.arange(9) * 5, pitch=np.arange(9) + 50))
    assert TOKENIZER.num_notes[ids].sum() == 9
