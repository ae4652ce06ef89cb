import numpy as np
import pytest

from aurl_core.tokens.bar import BarTokenizer
from aurl_core.tokens.params import BarTokenizerConfig

TOKENIZER = BarTokenizer(BarTokenizerConfig(steps_per_beat=24))
GRAMMAR = TOKENIZER.grammar()


def after(*pieces):
    """The state of some pieces of equally many tokens."""
    state = GRAMMAR.start(len(pieces))
    for names in zip(*(f"BOS {piece}".split() for piece in pieces), strict=True):
        state = GRAMMAR.advance(state, np.array([TOKENIZER.vocabulary.id_of(name) for name in names]))
    return state


def test_time_goes_on_with_positions_and_bars_at_the_tempo_said():
    state = after("TEMPO_32 PROGRAM_0 BAR TIME_SIGNATURE_4/4 BAR POSITION_48 TEMPO_16 SUSTAIN_ON BAR")
    assert state.beats.tolist() == [8.0]
    assert state.seconds.tolist() == pytest.approx([6 * 0.5 + 2 * 1.0])


def test_bars_are_as_long_as_their_meters_and_cuts_say():
    state = after("TEMPO_32 PROGRAM_0 BAR TIME_SIGNATURE_5/64 BAR BAR POSITION_3 BAR TIME_SIGNATURE_3/8 BAR")
    assert state.moment.tolist() == [15 + 3 + 36]
    assert state.bar_length.tolist() == [36]


def test_tracks_are_opened_in_each_piece_by_itself():
    state = after("TEMPO_1 PROGRAM_3 PROGRAM_3", "TEMPO_1 DRUMS BAR")
    assert state.program.tolist() == [[3, 3], [128, -1]]
    assert state.voice.tolist() == [[0, 1], [0, -1]]


def test_pieces_of_a_batch_do_not_touch_each_other():
    state = after("TEMPO_1 BAR TIME_SIGNATURE_3/4", "TEMPO_2 PROGRAM_9 BAR")
    mask = GRAMMAR.allowed(state)
    assert mask.sum(axis=1).tolist() == [2, 448]
    assert GRAMMAR.allowed(state.take(np.array([False, True]))).tolist() == mask[1:].tolist()
