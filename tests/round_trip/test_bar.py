import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from aurl_core.score.score import Notes, Score
from aurl_core.tokens.bar import BarTokenizer
from aurl_core.tokens.grammar import first_violation
from aurl_core.tokens.params import BarTokenizerConfig
from tests.round_trip.scores import scores
from tests.round_trip.walks import up_to_the_last_sound, walk, with_an_illegal_id

GRID = BarTokenizer(BarTokenizerConfig(steps_per_beat=24))
EXACT = BarTokenizer(BarTokenizerConfig(steps_per_beat=24, velocity_bins=128))
COARSE = BarTokenizer(BarTokenizerConfig(steps_per_beat=1, velocity_bins=1, tempo_bins=2))
FINE = BarTokenizer(BarTokenizerConfig(steps_per_beat=96))
ALL = [GRID, EXACT, COARSE, FINE]


@settings(max_examples=200, deadline=None)
@given(scores(), st.sampled_from(ALL))
def test_decoding_what_was_encoded_gives_the_normal_form(score, tokenizer):
    assert tokenizer.decode(tokenizer.encode(score)).equals(tokenizer.normal_form(score))


@settings(max_examples=100, deadline=None)
@given(scores(ticks_per_beat=(24,), longest=5000))
def test_a_quantized_score_keeps_every_note(score):
    notes, kept = score.notes, EXACT.normal_form(score).notes
    rows = np.lexsort([np.minimum(notes.velocity, 127), notes.duration, notes.pitch, notes.track, notes.onset])
    same = np.lexsort([kept.velocity, kept.duration, kept.pitch, kept.track, kept.onset])
    assert kept.onset[same].tolist() == notes.onset[rows].tolist()
    assert kept.duration[same].tolist() == np.maximum(notes.duration[rows], 1).tolist()
    assert kept.pitch[same].tolist() == notes.pitch[rows].tolist()
    assert kept.track[same].tolist() == notes.track[rows].tolist()


@settings(max_examples=60, deadline=None)
@given(scores(), st.sampled_from(ALL))
def test_what_is_encoded_is_legal(score, tokenizer):
    ids = tokenizer.encode(score)
    violation = first_violation(tokenizer.grammar(), ids)
    assert violation is None, [tokenizer.vocabulary.tokens[number] for number in ids[: violation + 1]]


@settings(max_examples=100, deadline=None)
@given(scores(), st.sampled_from(ALL))
def test_a_normal_form_is_its_own_normal_form(score, tokenizer):
    normal = tokenizer.normal_form(score)
    assert tokenizer.normal_form(normal).equals(normal)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 150), st.sampled_from(ALL))
def test_a_legal_walk_decodes_to_what_it_says_and_encodes_back(seed, num_free, tokenizer):
    for ids in walk(tokenizer, seed=seed, num_free=num_free):
        score = tokenizer.decode(ids)
        again = tokenizer.encode(score)
        music = up_to_the_last_sound(ids, tokenizer)
        assert up_to_the_last_sound(again.tolist(), tokenizer) == music
        assert tokenizer.decode(again).equals(score)


@settings(max_examples=40, deadline=None)
@given(scores(), st.sampled_from(ALL), st.data())
def test_an_id_that_the_grammar_does_not_allow_is_refused_where_it_stands(score, tokenizer, data):
    ids, place = with_an_illegal_id(tokenizer, tokenizer.encode(score).tolist(), data.draw)
    assert first_violation(tokenizer.grammar(), ids) == place


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, GRID.vocabulary.size - 1), max_size=60))
def test_any_ids_can_be_decoded(ids):
    assert len(GRID.decode(ids).notes) == GRID.num_notes[np.array(ids, int)].sum()


def test_an_hour_comes_back_note_for_note():
    random = np.random.default_rng(0)
    onset = np.cumsum(random.integers(0, 24, 120 * 60 * 2))
    notes = Notes.of(
        onset=onset,
        duration=random.integers(1, 9999, len(onset)),
        pitch=random.integers(0, 128, len(onset)),
        velocity=66,
    )
    assert GRID.decode(GRID.encode(Score(24, notes))).notes.equals(notes)
