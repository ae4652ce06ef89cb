import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurl_core.score.score import Notes, Score
from aurl_core.tokens.event import EventTokenizer
from aurl_core.tokens.grammar import first_violation
from aurl_core.tokens.params import EventTokenizerConfig
from tests.round_trip.scores import scores
from tests.round_trip.walks import up_to_the_last_sound, walk, with_an_illegal_id

GRID = EventTokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"))
PLAYED = EventTokenizer(EventTokenizerConfig(steps_per_beat=32, out_of_range="drop"))
COARSE = EventTokenizer(EventTokenizerConfig(steps_per_beat=1, out_of_range="fold"))
ALL = [GRID, PLAYED, COARSE]


@settings(max_examples=200, deadline=None)
@given(scores(), st.sampled_from(ALL))
def test_decoding_what_was_encoded_gives_the_normal_form(score, tokenizer):
    assert tokenizer.decode(tokenizer.encode(score)).equals(tokenizer.normal_form(score))


@settings(max_examples=60, deadline=None)
@given(scores(), st.sampled_from(ALL))
def test_what_is_encoded_is_legal(score, tokenizer):
    assert first_violation(tokenizer.grammar(), tokenizer.encode(score)) is None


@settings(max_examples=100, deadline=None)
@given(scores(), st.sampled_from(ALL))
def test_a_normal_form_is_its_own_normal_form(score, tokenizer):
    normal = tokenizer.normal_form(score)
    assert tokenizer.normal_form(normal).equals(normal)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 150), st.sampled_from(ALL))
def test_a_legal_walk_decodes_to_what_it_says_and_encodes_back(seed, num_free, tokenizer):
    for ids in walk(tokenizer, seed=seed, num_free=num_free, most_closing=1000):
        score = tokenizer.decode(ids)
        again = tokenizer.encode(score)
        assert up_to_the_last_sound(again.tolist(), tokenizer) == up_to_the_last_sound(ids, tokenizer)
        assert tokenizer.decode(again).equals(score)


@settings(max_examples=40, deadline=None)
@given(scores(), st.sampled_from(ALL), st.data())
def test_an_id_that_the_grammar_does_not_allow_is_refused_where_it_stands(score, tokenizer, data):
    ids, place = with_an_illegal_id(tokenizer, tokenizer.encode(score).tolist(), data.draw)
    assert first_violation(tokenizer.grammar(), ids) == place


@pytest.mark.parametrize("ticks_per_beat", [96, 480, 1000])
def test_an_hour_does_not_drift(ticks_per_beat):
    onset = np.cumsum(np.random.default_rng(0).integers(ticks_per_beat // 16, ticks_per_beat, 120 * 60 * 2))
    score = Score(
        ticks_per_beat, Notes.of(onset=onset, duration=ticks_per_beat // 3, pitch=np.arange(len(onset)) % 88 + 21)
    )
    played, notes = PLAYED.decode(PLAYED.encode(score)).notes, score.notes
    assert onset[-1] > 60 * 110 * ticks_per_beat
    assert np.abs(played.onset / 32 - notes.onset / ticks_per_beat).max() <= 0.5 / 32
    assert np.abs(played.offset / 32 - notes.offset / ticks_per_beat).max() <= 0.5 / 32
