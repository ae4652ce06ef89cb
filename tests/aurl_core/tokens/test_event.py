import numpy as np
import pytest

from aurl_core.errors import InputError
from aurl_core.score.score import Events, Notes, Score, Track
from aurl_core.tokens.event import EventTokenizer
from aurl_core.tokens.params import EventTokenizerConfig

GRID = EventTokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"))
PLAYED = EventTokenizer(EventTokenizerConfig(steps_per_beat=32, out_of_range="drop"))


def spelled(score, tokenizer=GRID):
    return [tokenizer.vocabulary.tokens[number] for number in tokenizer.encode(score)]


def ids_of(*names):
    return [GRID.vocabulary.id_of(name) for name in names]


def test_every_step_of_a_quantized_score_comes_back():
    steps = np.arange(24 * 40)
    notes = Notes.of(onset=steps, duration=1 + steps % 88, pitch=21 + steps % 88, velocity=66)
    assert GRID.decode(GRID.encode(Score(24, notes))).notes.equals(notes)


def test_played_onsets_and_offsets_stay_within_half_a_unit_for_ever():
    onset = np.arange(4000) * 331
    score = Score(480, Notes.of(onset=onset, duration=217, pitch=60))
    decoded = PLAYED.decode(PLAYED.encode(score)).notes
    assert np.abs(decoded.onset / 32 - onset / 480).max() <= 0.5 / 32
    assert np.abs(decoded.offset / 32 - (onset + 217) / 480).max() <= 0.5 / 32


def test_one_moment_is_written_in_one_order():
    tracks = (Track(program=40), Track())
    notes = Notes.of(
        onset=[0, 0, 24, 24], duration=24, pitch=[60, 64, 62, 67], velocity=[66, 70, 66, 70], track=[0, 1, 0, 1]
    )
    events = Events.of(
        [("control_change", 24, 1, 64, 127.0, ""), ("tempo", 0, -1, 0, 60.0, ""), ("tempo", 24, -1, 0, 200.0, "")]
    )
    assert " ".join(spelled(Score(24, notes, tracks, events))) == (
        "BOS TEMPO_0 INSTRUMENT_0 VELOCITY_17 NOTE_ON_64 INSTRUMENT_5 VELOCITY_16 NOTE_ON_60 "
        "TIME_SHIFT_32 TEMPO_31 INSTRUMENT_0 NOTE_OFF_64 SUSTAIN_ON NOTE_ON_67 INSTRUMENT_5 NOTE_OFF_60 NOTE_ON_62 "
        "TIME_SHIFT_32 INSTRUMENT_0 NOTE_OFF_67 INSTRUMENT_5 NOTE_OFF_62 EOS"
    )


def test_gaps_longer_than_sixteen_beats_take_several_shifts():
    score = Score(24, Notes.of(onset=[24 * 33], duration=24 * 16, pitch=60, velocity=66))
    shifts = [token for token in spelled(score) if token.startswith("TIME_SHIFT")]
    assert shifts == ["TIME_SHIFT_512", "TIME_SHIFT_512", "TIME_SHIFT_32", "TIME_SHIFT_512"]


def test_an_empty_score_is_a_header():
    assert spelled(Score(24)) == ["BOS", "TEMPO_18", "EOS"]


def test_loose_ends_of_a_part_are_tied():
    part = GRID.decode(ids_of("NOTE_OFF_50", "NOTE_ON_60", "TIME_SHIFT_32", "NOTE_ON_60", "NOTE_ON_64", "TIME_SHIFT_4"))
    assert part.notes.pitch.tolist() == [60, 60, 64]
    assert part.notes.duration.tolist() == [24, 3, 3]


def test_an_id_beyond_the_vocabulary_is_refused():
    with pytest.raises(InputError, match="774"):
        GRID.decode([1, 774])
