import numpy as np
import pytest

from aurl_core.tokens.clock import Clock
from aurl_core.tokens.event import EventTokenizer
from aurl_core.tokens.event_grammar import EventGrammar
from aurl_core.tokens.layout import TIME_SHIFT, VELOCITY, VOCAB_SIZE
from aurl_core.tokens.params import EventTokenizerConfig
from aurl_core.tokens.vocabulary import BOS, EOS, PAD, UNK

TOKENIZER = EventTokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"))
GRAMMAR = TOKENIZER.grammar()
NAMES = TOKENIZER.vocabulary.tokens
STRUCK = ("TEMPO_18", "INSTRUMENT_0", "VELOCITY_9", "NOTE_ON_60")


def after(*names):
    """The state when the given tokens have been written after BOS."""
    state = GRAMMAR.start(1)
    for name in ("BOS", *names):
        number = TOKENIZER.vocabulary.id_of(name)
        assert GRAMMAR.allowed(state)[0, number], f"{name} is not allowed"
        state = GRAMMAR.advance(state, np.array([number]))
    return state


def allowed(*names, of=""):
    return {
        NAMES[number] for number in np.flatnonzero(GRAMMAR.allowed(after(*names))[0]) if NAMES[number].startswith(of)
    }


def closing(*names):
    return [NAMES[number] for number in np.flatnonzero(GRAMMAR.closing(after(*names))[0])]


def test_a_piece_begins_with_bos_and_its_tempo():
    assert [NAMES[number] for number in np.flatnonzero(GRAMMAR.allowed(GRAMMAR.start(1))[0])] == ["BOS"]
    assert allowed() == {f"TEMPO_{number}" for number in range(32)}


def test_after_the_end_there_is_only_padding():
    assert allowed("TEMPO_18", "EOS") == {"PAD"}
    assert allowed("TEMPO_18", "EOS", "PAD") == {"PAD"}


def test_unk_is_never_legal():
    assert not GRAMMAR.allowed(after("TEMPO_18", "INSTRUMENT_0"))[0, UNK]


def test_no_note_before_an_instrument_and_a_velocity():
    assert not allowed("TEMPO_18", of="VELOCITY")
    assert not allowed("TEMPO_18", "INSTRUMENT_0", of="NOTE_ON")
    assert len(allowed("TEMPO_18", "INSTRUMENT_0", "VELOCITY_9", of="NOTE_ON")) == 88


def test_each_family_has_a_velocity_of_its_own():
    assert not allowed(*STRUCK, "INSTRUMENT_3", of="NOTE_ON")
    both = (*STRUCK, "INSTRUMENT_3", "VELOCITY_5", "NOTE_ON_60", "TIME_SHIFT_32")
    assert allowed(*both, "INSTRUMENT_0", of="NOTE_ON")


def test_a_note_ends_only_after_time_and_starts_only_in_silence():
    assert not allowed(*STRUCK, of="NOTE_OFF")
    assert allowed(*STRUCK, "TIME_SHIFT_1", of="NOTE_OFF") == {"NOTE_OFF_60"}
    assert "NOTE_ON_60" not in allowed(*STRUCK, "TIME_SHIFT_1")
    assert "NOTE_ON_60" in allowed(*STRUCK, "TIME_SHIFT_1", "NOTE_OFF_60")


def test_pitches_ascend_in_a_moment():
    third = (*STRUCK, "NOTE_ON_64")
    assert allowed(*third, of="NOTE_ON") == {f"NOTE_ON_{pitch}" for pitch in range(65, 109)}
    assert not allowed(*third, "TIME_SHIFT_4", "NOTE_OFF_64", of="NOTE_OFF")


def test_families_ascend_in_a_moment_and_each_has_one_turn():
    assert allowed("TEMPO_18", "INSTRUMENT_3", "SUSTAIN_ON", of="INSTRUMENT") == {
        f"INSTRUMENT_{family}" for family in range(4, 16)
    }
    assert "INSTRUMENT_2" in allowed("TEMPO_18", "INSTRUMENT_3", "SUSTAIN_ON", "TIME_SHIFT_1")


def test_what_changes_nothing_cannot_be_said():
    state = (*STRUCK, "TIME_SHIFT_3")
    assert not {"TEMPO_18", "INSTRUMENT_0", "VELOCITY_9", "SUSTAIN_OFF"} & allowed(*state)
    assert {"TEMPO_17", "INSTRUMENT_1", "VELOCITY_8", "SUSTAIN_ON"} <= allowed(*state)


def test_the_pedal_moves_between_ends_and_starts():
    assert "SUSTAIN_ON" not in allowed(*STRUCK)
    assert "SUSTAIN_OFF" in allowed("TEMPO_18", "INSTRUMENT_0", "SUSTAIN_ON", "TIME_SHIFT_1")


def test_what_must_be_followed_up_is():
    assert allowed("TEMPO_18", "INSTRUMENT_0", "VELOCITY_9") == {f"NOTE_ON_{pitch}" for pitch in range(21, 109)}
    assert "TIME_SHIFT_1" not in allowed("TEMPO_18", "INSTRUMENT_0")


def test_long_gaps_are_written_in_one_way():
    assert not allowed("TEMPO_18", "TIME_SHIFT_4", of="TIME_SHIFT")
    assert "TIME_SHIFT_4" in allowed("TEMPO_18", "TIME_SHIFT_512")


def test_time_stays_on_the_grid():
    shifts = {int(name.removeprefix("TIME_SHIFT_")) for name in allowed("TEMPO_18", of="TIME_SHIFT")}
    assert sorted(shifts)[:6] == [1, 3, 4, 5, 7, 8]
    fine = EventGrammar(Clock(32))
    every_unit = fine.allowed(fine.advance(fine.start(1), np.array([BOS])))
    assert not every_unit[0, TIME_SHIFT:VELOCITY].any()


def test_the_piece_ends_only_when_nothing_sounds():
    assert "EOS" not in allowed(*STRUCK, "TIME_SHIFT_8")
    assert "EOS" in allowed(*STRUCK, "TIME_SHIFT_8", "NOTE_OFF_60")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (("TEMPO_18",), ["EOS"]),
        (("TEMPO_18", "INSTRUMENT_0"), ["SUSTAIN_ON"]),
        ((*STRUCK, "NOTE_ON_64", "TIME_SHIFT_1"), ["NOTE_OFF_60"]),
        (
            (*STRUCK, "INSTRUMENT_2", "VELOCITY_9", "NOTE_ON_60", "TIME_SHIFT_1", "INSTRUMENT_0", "NOTE_OFF_60"),
            ["INSTRUMENT_2"],
        ),
    ],
)
def test_closing_takes_the_shortest_way(written, expected):
    assert closing(*written) == expected


def test_closing_lets_time_pass_when_it_must():
    ways = closing(*STRUCK)
    assert {way.rstrip("0123456789") for way in ways} == {"TIME_SHIFT_"}


def test_pieces_of_a_batch_do_not_touch_each_other():
    state = GRAMMAR.advance(GRAMMAR.start(2), np.array([BOS, BOS]))
    before = state.sounding.copy()
    state = GRAMMAR.advance(
        state, np.array([TOKENIZER.vocabulary.id_of("TEMPO_1"), TOKENIZER.vocabulary.id_of("TEMPO_2")])
    )
    mask = GRAMMAR.allowed(GRAMMAR.advance(state, np.array([EOS, TOKENIZER.vocabulary.id_of("INSTRUMENT_0")])))
    assert mask.shape == (2, VOCAB_SIZE)
    assert np.flatnonzero(mask[0]).tolist() == [PAD]
    assert mask[1].sum() == 32 + 1
    assert not before.any()
