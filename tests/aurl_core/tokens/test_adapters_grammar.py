import numpy as np
import pytest

from aurl_core.tokens.adapters import MidiTokTokenizer
from aurl_core.tokens.adapters_grammar import type_of
from aurl_core.tokens.params import MidiTokConfig


@pytest.fixture(scope="module")
def vocabularies():
    tokenizers = {
        name: MidiTokTokenizer(MidiTokConfig(tokenization=name, steps_per_beat=24)) for name in ("REMI", "TSD", "MMM")
    }
    return {name: (tokenizer.vocabulary, tokenizer.grammar()) for name, tokenizer in tokenizers.items()}


@pytest.fixture
def after(vocabularies):
    """A function to the state after tokens of a tokenization, all of which have to be legal."""

    def state(name, *tokens):
        vocabulary, grammar = vocabularies[name]
        state = grammar.start(1)
        for token in ("BOS", *tokens):
            number = vocabulary.id_of(token)
            assert grammar.allowed(state)[0, number], token
            state = grammar.advance(state, np.array([number]))
        return state

    return state


@pytest.fixture
def types(vocabularies, after):
    """A function to the types of what is allowed after tokens of a tokenization."""

    def found(name, *tokens):
        vocabulary, grammar = vocabularies[name]
        allowed = np.flatnonzero(grammar.allowed(after(name, *tokens))[0])
        return {type_of(vocabulary.tokens[number]) for number in allowed}

    return found


NOTE = ("Pitch_60", "Velocity_63", "Duration_1.0.24")
BAR = ("Bar_None", "TimeSig_3/4")


def test_pieces_begin_and_end_where_nothing_is_left_unsaid(types):
    assert types("REMI") == {"Bar", "EOS"}
    assert types("TSD") == {"TimeShift", "TimeSig", "Tempo", "Program", "Program-Drums", "Pedal", "PedalOff", "EOS"}
    assert types("REMI", *BAR, "Position_0", "Program_0", "Pitch_60") == {"Velocity"}
    assert "EOS" in types("REMI", *BAR, "Position_0", "Program_0", *NOTE)
    assert types("REMI", "EOS") == types("REMI", "EOS", "PAD") == {"PAD"}


def test_drums_sound_on_the_program_of_drums_alone(types):
    assert types("TSD", "Program_0") == {"Pitch"}
    assert types("TSD", "Program_-1") == {"PitchDrum"}


def test_positions_ascend_and_lie_in_the_bar(vocabularies, after):
    vocabulary, grammar = vocabularies["REMI"]
    mask = grammar.allowed(after("REMI", *BAR, "Position_5", "Program_0", *NOTE))[0]
    positions = {int(name[9:]) for name in np.array(vocabulary.tokens)[mask] if name.startswith("Position_")}
    assert positions == set(range(6, 72))


def test_time_is_told_by_bars_positions_and_tempo(after):
    state = after("REMI", *BAR, "Position_0", "Tempo_64.19", "Bar_None", "TimeSig_6/8", "Position_24")
    assert state.beats.tolist() == [3.5]
    assert state.seconds == pytest.approx(3.5 * 60 / 64.19)


def test_time_is_told_by_shifts_in_the_meter_s_beats(after):
    state = after("TSD", "TimeSig_6/8", "TimeShift_2.12.24", "Program_0", *NOTE, "TimeShift_1.0.24")
    assert state.beats.tolist() == [1.75]


def test_a_piece_is_as_long_as_its_longest_track(after):
    track = ("Track_Start", "Program_0", *BAR, "Position_48", *NOTE, "Track_End")
    state = after("MMM", *track, "Track_Start", "Program_9", *BAR, "Position_24")
    assert (state.beats.tolist(), state.now.tolist()) == ([2.0], [1.0])


def test_a_track_has_one_program_and_an_end(types):
    assert types("MMM", "Track_Start") == {"Program", "Program-Drums"}
    assert types("MMM", "Track_Start", "Program_0", *BAR, "Position_0", *NOTE) == {
        "Bar", "Position", "Pitch", "PitchDrum", "Track-End",
    }  # fmt: skip
    assert types("MMM", "Track_Start", "Program_0", *BAR, "Track_End") == {"Track-Start", "EOS"}


def test_closing_takes_the_shortest_way(vocabularies, after):
    vocabulary, grammar = vocabularies["REMI"]
    closing = grammar.closing(after("REMI", *BAR, "Position_0", "Program_0", "Pitch_60"))[0]
    assert {type_of(name) for name in np.array(vocabulary.tokens)[closing]} == {"Velocity"}
    ended = grammar.closing(after("REMI", *BAR, "Position_0", "Program_0", *NOTE))[0]
    assert np.array(vocabulary.tokens)[ended].tolist() == ["EOS"]


def test_pieces_of_a_batch_do_not_touch_each_other(vocabularies):
    vocabulary, grammar = vocabularies["REMI"]
    state = grammar.advance(grammar.start(2), np.array([1, 1]))
    state = grammar.advance(state, np.array([vocabulary.id_of("EOS"), vocabulary.id_of("Bar_None")]))
    allowed = grammar.allowed(state)
    assert np.flatnonzero(allowed[0]).tolist() == [0]
    assert {type_of(vocabulary.tokens[number]) for number in np.flatnonzero(allowed[1])} == {"TimeSig"}
    assert np.array_equal(grammar.allowed(state.take(np.array([False, True]))), allowed[1:])
