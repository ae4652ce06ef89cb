import pytest
import torch

from aurl_core.models.history import NO_MOTION, NO_PITCH, TICKS_PER_BEAT, Reader, last_notes
from aurl_core.tokens.params import BarTokenizerConfig, EventTokenizerConfig
from aurl_core.tokens.tokenizer import build_tokenizer
from aurl_core.tokens.traits import TokenTraits

BAR = build_tokenizer(BarTokenizerConfig(steps_per_beat=24)).vocabulary
EVENT = build_tokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold")).vocabulary
DUET = (
    "BOS TEMPO_32 PROGRAM_0 PROGRAM_40 BAR TIME_SIGNATURE_3/4 POSITION_0 PROGRAM_40 DURATION_24 PITCH_67 POSITION_24 "
    "BAR TIME_SIGNATURE_3/4 POSITION_0 PROGRAM_0 PITCH_48 PITCH_55 VOICE_1 PITCH_60 PROGRAM_40 PITCH_72 POSITION_36 "
    "PITCH_71 BAR POSITION_12 PITCH_69 EOS"
)
GUITAR = "BOS INSTRUMENT_3 NOTE_ON_60 TIME_SHIFT_48 NOTE_OFF_60 NOTE_ON_62 TIME_SHIFT_112 INSTRUMENT_0 NOTE_ON_40"


def ids_of(vocabulary, text):
    return torch.tensor([[vocabulary.id_of(token) for token in text.split()]])


def read(vocabulary, text, window=64):
    ids_BT = ids_of(vocabulary, text)
    return Reader(TokenTraits.of(vocabulary), window=window)(ids_BT).last(ids_BT.shape[1])


def at_notes(reading, column):
    return column[reading.pitch_BS != NO_PITCH].tolist()


def test_bars_are_counted_and_a_pickup_is_as_long_as_it_says():
    reading = read(BAR, DUET)
    assert at_notes(reading, reading.bar_BS) == [1, 2, 2, 2, 2, 2, 3]
    assert at_notes(reading, reading.time_BS / TICKS_PER_BEAT) == [0, 1, 1, 1, 1, 2.5, 4.5]
    assert at_notes(reading, (reading.time_BS - reading.bar_start_BS) / TICKS_PER_BEAT) == [0, 0, 0, 0, 0, 1.5, 0.5]


def test_shifts_move_the_clock_where_there_are_no_bars():
    reading = read(EVENT, GUITAR)
    assert at_notes(reading, reading.time_BS / TICKS_PER_BEAT) == [0, 1.5, 5]
    assert at_notes(reading, reading.bar_BS) == [0, 0, 0]


def test_tracks_are_told_apart_by_program_and_voice():
    reading = read(BAR, DUET)
    violin, piano = 40 * 32, 0
    assert at_notes(reading, reading.track_BS) == [violin, piano, piano, piano + 1, violin, violin, violin]


def test_motions_are_those_of_a_track():
    reading = read(BAR, DUET)
    assert at_notes(reading, reading.motion_BS) == [NO_MOTION, NO_MOTION, 7, NO_MOTION, 5, -1, -2]


def test_a_new_piece_begins_anew():
    text = "BAR POSITION_24 PROGRAM_40 PITCH_60 EOS BOS BAR PITCH_62"
    reading = read(BAR, text)
    assert at_notes(reading, reading.time_BS) == [TICKS_PER_BEAT, 0]
    assert at_notes(reading, reading.bar_BS) == [1, 1]
    assert at_notes(reading, reading.track_BS) == [1280, 0]


def test_the_last_notes_come_latest_first():
    ids_BT = ids_of(BAR, DUET)
    reading = Reader(TokenTraits.of(BAR), window=64)(ids_BT)
    last = last_notes(reading, 3, num_new=ids_BT.shape[1], window=64)
    assert last[0, ids_BT[0].tolist().index(BAR.id_of("PITCH_67"))].tolist() == [67, NO_PITCH, NO_PITCH]
    assert last[0, -1].tolist() == [69, 71, 72]
    of_track = last_notes(reading, 3, num_new=ids_BT.shape[1], window=64, same_track=True)
    assert of_track[0, ids_BT[0].tolist().index(BAR.id_of("PITCH_60"))].tolist() == [60, NO_PITCH, NO_PITCH]
    assert of_track[0, ids_BT[0].tolist().index(BAR.id_of("PITCH_71"))].tolist() == [71, 72, 67]


def test_a_history_of_notes_alone_is_one():
    reader, note = Reader(TokenTraits.of(BAR), window=2), torch.tensor([[BAR.id_of("PITCH_60")]])
    history = reader.start(1)
    for _ in range(4):
        reading = reader(note, history)
    assert last_notes(reading, 3, num_new=1, window=2).tolist() == [[[60, 60, NO_PITCH]]]


def test_notes_out_of_sight_are_forgotten():
    ids_BT = ids_of(BAR, DUET)
    reading = Reader(TokenTraits.of(BAR), window=3)(ids_BT)
    assert last_notes(reading, 2, num_new=2, window=3).tolist() == [[[69, NO_PITCH], [69, NO_PITCH]]]


@pytest.mark.parametrize(("vocabulary", "text"), [(BAR, DUET), (EVENT, GUITAR)])
@pytest.mark.parametrize("window", [4, 64])
def test_reading_step_by_step_is_reading_at_once(vocabulary, text, window):
    ids_BT, reader = ids_of(vocabulary, text).expand(2, -1), Reader(TokenTraits.of(vocabulary), window=window)
    whole, history = reader(ids_BT), reader.start(2)
    length = ids_BT.shape[1]
    expected = [*whole.last(length), last_notes(whole, 2, num_new=length, window=window, same_track=True)]
    for time in range(length):
        step = reader(ids_BT[:, time : time + 1], history)
        found = [*step.last(1), last_notes(step, 2, num_new=1, window=window, same_track=True)]
        assert all(torch.equal(one[:, 0], all_BS[:, time]) for one, all_BS in zip(found, expected, strict=True))
        assert history.reading.token_ids_BS.shape[1] <= window


def test_selected_sequences_keep_their_own_history():
    reader = Reader(TokenTraits.of(BAR), window=8)
    history = reader.start(2)
    reader(torch.tensor([[BAR.id_of("PITCH_60")], [BAR.id_of("PITCH_72")]]), history)
    history.select(torch.tensor([False, True]))
    reading = reader(torch.tensor([[BAR.id_of("BAR")]]), history)
    assert last_notes(reading, 1, num_new=1, window=8).tolist() == [[[72]]]
