from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurl_core.errors import InputError, MissingError, SettingError
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track
from aurl_core.tokens.grammar import first_violation
from aurl_core.tokens.params import MidiTokConfig, Tokenization
from aurl_core.tokens.tokenizer import build_tokenizer, load_tokenizer
from aurl_core.tokens.vocabulary import BOS, EOS, PAD

TOKENIZATIONS = get_args(Tokenization)


def piece(seed, *, num_notes=40):
    """Three parts, two meters, two tempos and a pedal."""
    random = np.random.default_rng(seed)
    notes = Notes.of(
        onset=random.integers(0, 24 * 16, num_notes),
        duration=random.integers(1, 24 * 4, num_notes),
        pitch=random.integers(21, 109, num_notes),
        velocity=random.integers(1, 128, num_notes),
        track=random.integers(0, 3, num_notes),
    )
    events = Events.of(
        [
            ("tempo", 0, WHOLE_PIECE, 0, 90.0, ""),
            ("tempo", 96, WHOLE_PIECE, 0, 140.0, ""),
            ("time_signature", 0, WHOLE_PIECE, 3, 4.0, ""),
            ("time_signature", 72, WHOLE_PIECE, 6, 8.0, ""),
            ("control_change", 30, 0, 64, 127.0, ""),
            ("control_change", 60, 0, 64, 0.0, ""),
        ]
    )
    return Score(24, notes, (Track("piano"), Track("bass", program=33), Track("kit", channel=9, is_drum=True)), events)


def untrained(tokenization, bpe_vocab_size=0):
    return build_tokenizer(MidiTokConfig(tokenization=tokenization, steps_per_beat=24, bpe_vocab_size=bpe_vocab_size))


@pytest.fixture(scope="module")
def tokenizer_of():
    """A function from a tokenization, with or without BPE, to its tokenizer, each made once."""
    made = {}

    def tokenizer(tokenization, has_bpe):
        if (tokenization, has_bpe) not in made:
            base = untrained(tokenization, 1500 if has_bpe else 0)
            made[tokenization, has_bpe] = base.trained(base.encode(piece(seed)) for seed in range(3))
        return made[tokenization, has_bpe]

    return tokenizer


@pytest.mark.parametrize("tokenization", TOKENIZATIONS)
@pytest.mark.parametrize("has_bpe", [False, True])
@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_what_came_back_comes_back_again_and_is_legal(tokenizer_of, tokenization, has_bpe, seed):
    tokenizer = tokenizer_of(tokenization, has_bpe)
    kept = tokenizer.normal_form(piece(seed))
    again = tokenizer.normal_form(kept)
    if tokenization == "BEAT":  # takes the mean of what sounds in a beat
        again, kept = (score.with_notes(replace(score.notes, velocity=again.notes.velocity)) for score in (again, kept))
    assert again.equals(kept)
    assert first_violation(tokenizer.grammar(), tokenizer.encode(piece(seed))) is None


@pytest.mark.parametrize("tokenization", ["REMI", "TSD", "MIDILike", "Structured", "MMM"])
def test_notes_come_back_whole(tokenizer_of, tokenization):
    score = piece(1)
    kept = tokenizer_of(tokenization, False).normal_form(score).notes
    rows = [
        sorted(zip(n.onset.tolist(), n.duration.tolist(), n.pitch.tolist(), strict=True)) for n in (score.notes, kept)
    ]
    in_quarters = [row for row in rows[0] if row[0] < 72]
    assert [row for row in rows[1] if row[0] < 72] == in_quarters
    assert len(kept) == len(score.notes)


@pytest.mark.parametrize("tokenization", TOKENIZATIONS)
@pytest.mark.parametrize("has_bpe", [False, True])
@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_legal_walk_ends_and_decodes(tokenizer_of, tokenization, has_bpe, seed):
    tokenizer = tokenizer_of(tokenization, has_bpe)
    grammar, random, written = tokenizer.grammar(), np.random.default_rng(seed), []
    state = grammar.start(2)
    while (state.last != PAD).any():
        mask = grammar.allowed(state) if len(written) < 60 else grammar.closing(state)
        written.append([random.choice(np.flatnonzero(row)) for row in mask])
        state = grammar.advance(state, np.array(written[-1]))
        assert len(written) < 80
    for ids in np.array(written).T:
        tokenizer.decode(ids)


@pytest.mark.parametrize("tokenization", TOKENIZATIONS)
@pytest.mark.parametrize("has_bpe", [False, True])
def test_the_notes_of_the_ids_are_those_of_the_score(tokenizer_of, tokenization, has_bpe):
    tokenizer = tokenizer_of(tokenization, has_bpe)
    score = tokenizer.normal_form(piece(7))
    assert tokenizer.num_notes[tokenizer.encode(score)].sum() == len(score.notes)


def test_special_ids_are_those_of_every_vocabulary(tokenizer_of):
    for has_bpe in (False, True):
        tokenizer = tokenizer_of("REMI", has_bpe)
        assert tokenizer.vocabulary.tokens[:4] == ("PAD", "BOS", "EOS", "UNK")
        ids = tokenizer.encode(piece(0))
        assert (ids[0], ids[-1], ids.dtype) == (BOS, EOS, np.uint16)


def test_bpe_says_the_same_with_fewer_ids(tokenizer_of):
    plain, trained = tokenizer_of("REMI", False), tokenizer_of("REMI", True)
    score = piece(2)
    assert len(trained.encode(score)) < 0.7 * len(plain.encode(score))
    assert trained.normal_form(score).equals(plain.normal_form(score))
    assert trained.vocabulary.size == 1500
    assert any("+" in token for token in trained.vocabulary.tokens)


def test_the_same_pieces_teach_the_same():
    bases = [untrained("TSD", 1400) for _ in range(2)]
    first, second = (base.trained(base.encode(piece(seed)) for seed in range(2)) for base in bases)
    assert first.bpe == second.bpe
    assert first.vocabulary.hash == second.vocabulary.hash != bases[0].vocabulary.hash


def test_no_room_to_learn_is_a_setting_error():
    base = untrained("REMI", 100)
    with pytest.raises(SettingError, match="1234 base tokens"):
        base.trained([base.encode(piece(0))])


def test_what_is_saved_comes_back_with_its_bpe(tokenizer_of, tmp_path):
    tokenizer = tokenizer_of("REMI", True)
    tokenizer.save(tmp_path / "vocabulary.json")
    loaded = load_tokenizer(tmp_path / "vocabulary.json")
    assert loaded.vocabulary == tokenizer.vocabulary
    assert np.array_equal(loaded.encode(piece(5)), tokenizer.encode(piece(5)))


def test_bpe_that_is_missing_or_another_is_refused(tokenizer_of, tmp_path):
    tokenizer_of("REMI", True).save(tmp_path / "vocabulary.json")
    (tmp_path / "bpe.json").write_text("{}")
    with pytest.raises(InputError, match="not the one"):
        load_tokenizer(tmp_path / "vocabulary.json")
    (tmp_path / "bpe.json").unlink()
    with pytest.raises(MissingError, match="dvc repro shard"):
        load_tokenizer(tmp_path / "vocabulary.json")


def test_a_score_without_notes_is_bos_and_eos(tokenizer_of):
    ids = tokenizer_of("REMI", True).encode(Score(24))
    assert ids.tolist() == [BOS, EOS]
    assert not len(tokenizer_of("REMI", True).decode(ids).notes)


def test_ids_beyond_the_vocabulary_are_refused(tokenizer_of):
    with pytest.raises(InputError, match="0 to 1233"):
        tokenizer_of("REMI", False).decode([1, 60000])


def test_losses_are_counted(tokenizer_of):
    score = Score(24, Notes.of(onset=[0, 0, 0], duration=[24, 24, 24 * 13], pitch=[20, 60, 62]))
    assert tokenizer_of("REMI", False).encode_counting(score)[1].dropped_pitches == 1
    assert tokenizer_of("REMI", False).encode_counting(score)[1].shortened_notes == 1
