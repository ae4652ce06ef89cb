import numpy as np
import pytest

from aurl_core.generation.constraints import Guide, Limits
from aurl_core.tokens.layout import INSTRUMENT, NOTE_OFF, NOTE_ON, TEMPO, TEMPO_BPM, TIME_SHIFT, VELOCITY
from aurl_core.tokens.vocabulary import EOS

START = [TEMPO + 5, INSTRUMENT, VELOCITY + 9, NOTE_ON + 40]
BEAT_LATER = TIME_SHIFT + 31
END_OF_NOTE = NOTE_OFF + 40


def guide_of(tokenizer, ids=(), *, batch=1, least=0.0, most=1e9, most_tokens=10_000, longest=np.inf):
    limits = Limits(np.full(batch, least), np.full(batch, most), most_tokens, longest)
    guide = Guide(tokenizer, limits)
    for number in ids:
        guide.advance(np.full(batch, number))
    return guide


def test_seconds_follow_the_tempo(tokenizer):
    guide = guide_of(tokenizer, [*START, BEAT_LATER])
    assert guide.seconds == pytest.approx(60 / TEMPO_BPM[5])
    guide.advance(np.array([TEMPO + 31]))
    guide.advance(np.array([INSTRUMENT]))
    guide.advance(np.array([END_OF_NOTE]))
    guide.advance(np.array([BEAT_LATER]))
    assert guide.seconds == pytest.approx(60 / TEMPO_BPM[5] + 60 / 200)


def test_the_grammar_holds(tokenizer):
    allowed, _ = guide_of(tokenizer, START).allowed()
    assert not allowed[0, NOTE_ON + 40]
    assert not allowed[0, EOS]
    assert allowed[0, BEAT_LATER]


def test_a_short_piece_may_not_end(tokenizer):
    ids = [*START, BEAT_LATER, INSTRUMENT, END_OF_NOTE]
    allowed, withheld = guide_of(tokenizer, ids[:5] + ids[6:], least=100).allowed()
    assert (allowed[0, EOS], withheld[0]) == (False, True)
    allowed, withheld = guide_of(tokenizer, ids[:5] + ids[6:], least=0.1).allowed()
    assert (allowed[0, EOS], withheld[0]) == (True, False)


def test_a_piece_may_not_end_before_its_first_note(tokenizer):
    allowed, withheld = guide_of(tokenizer, [TEMPO + 5, BEAT_LATER]).allowed()
    assert (allowed[0, EOS], withheld[0]) == (False, True)


def test_a_piece_without_a_note_is_not_closed_by_the_clock(tokenizer):
    assert not guide_of(tokenizer, [TEMPO + 5, BEAT_LATER], most=0.1).is_closing.any()
    assert guide_of(tokenizer, [TEMPO + 5, BEAT_LATER], most=0.1, most_tokens=3).is_closing.all()


@pytest.mark.parametrize("limit", [{"most": 0.5}, {"most_tokens": 6}])
def test_at_its_limit_a_piece_is_closed_whatever_else_it_may_do(tokenizer, limit):
    guide = guide_of(tokenizer, [*START, BEAT_LATER], least=100, **limit)
    assert guide.is_closing.tolist() == [True]
    allowed, withheld = guide.allowed()
    assert np.flatnonzero(allowed[0]).tolist() == [END_OF_NOTE]
    assert not withheld[0]
    guide.advance(np.array([END_OF_NOTE]))
    assert np.flatnonzero(guide.allowed()[0][0]).tolist() == [EOS]


def test_a_note_that_sounds_too_long_is_turned_off_before_anything_else(tokenizer):
    chord = [*START, NOTE_ON + 50, BEAT_LATER]
    allowed, _ = guide_of(tokenizer, chord, longest=1).allowed()
    assert np.flatnonzero(allowed[0]).tolist() == [END_OF_NOTE]
    later, _ = guide_of(tokenizer, [*chord, END_OF_NOTE], longest=1).allowed()
    assert np.flatnonzero(later[0]).tolist() == [NOTE_OFF + 50]
    assert guide_of(tokenizer, chord, longest=1.1).allowed()[0].sum() > 2


def test_a_shorter_note_below_may_still_end_in_its_order(tokenizer):
    ids = [*START, BEAT_LATER, VELOCITY + 3, NOTE_ON + 30, BEAT_LATER]
    allowed, _ = guide_of(tokenizer, ids, longest=1.5).allowed()
    assert np.flatnonzero(allowed[0]).tolist() == [NOTE_OFF + 30, END_OF_NOTE]


def test_the_turn_of_another_family_with_a_hanging_note_comes(tokenizer):
    ids = [*START, INSTRUMENT + 4, VELOCITY + 9, NOTE_ON + 20, BEAT_LATER]
    allowed, _ = guide_of(tokenizer, ids, longest=1).allowed()
    assert allowed[0, NOTE_OFF + 20]
    assert not allowed[0, INSTRUMENT]
    ids = [*START, BEAT_LATER, INSTRUMENT + 4, VELOCITY + 9, NOTE_ON + 20, BEAT_LATER]
    allowed, _ = guide_of(tokenizer, ids, longest=2).allowed()
    assert allowed[0, INSTRUMENT]
    assert not allowed[0, INSTRUMENT + 1 :].any()
    assert not allowed[0, TIME_SHIFT:VELOCITY].any()


def test_pieces_of_a_batch_have_limits_of_their_own_and_keep_them(tokenizer):
    limits = Limits(np.zeros(2), np.array([0.1, 100.0]), 10_000)
    guide = Guide(tokenizer, limits)
    for number in [*START, BEAT_LATER]:
        guide.advance(np.full(2, number))
    assert guide.is_closing.tolist() == [True, False]
    guide.keep(np.array([False, True]))
    assert guide.is_closing.tolist() == [False]
    assert guide.allowed()[0].shape == (1, 774)
