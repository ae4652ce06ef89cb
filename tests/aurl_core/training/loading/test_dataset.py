import numpy as np
import pytest

from aurl_core.augmentation.params import AugmentParams, TransposeParams
from aurl_core.corpus.cache import SplitReader
from aurl_core.models.likelihood import IGNORED
from aurl_core.score.phrases import FERMATA
from aurl_core.score.score import WHOLE_PIECE, Events
from aurl_core.tokens.bar import BarTokenizer
from aurl_core.tokens.event import EventTokenizer
from aurl_core.tokens.layout import NOTE_OFF, NOTE_ON
from aurl_core.tokens.params import BarTokenizerConfig, EventTokenizerConfig
from aurl_core.tokens.tokenizer import load_tokenizer
from aurl_core.tokens.vocabulary import BOS, EOS
from aurl_core.training.loading.curriculum import Competence
from aurl_core.training.loading.dataset import (
    HeldOutWindows,
    TrainingWindows,
    is_phrase_end,
    phrase_tokens,
    varied_pieces,
    whole_pieces,
)
from aurl_core.training.loading.params import ComplexityParams, SequenceParams

EVENT = EventTokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"))
PLAIN = AugmentParams()
VARIED = AugmentParams(transpose=TransposeParams(chance=1, semitones=(-5, 6)))


@pytest.fixture
def reader(small_corpus, tmp_path):
    return SplitReader.of(small_corpus / "split=train", cache=tmp_path / "cache")


@pytest.fixture
def tokenizer(small_corpus):
    return load_tokenizer(small_corpus / "vocabulary.json")


@pytest.fixture
def windows(reader, tokenizer):
    def make(params=PLAIN, *, length=64, seed=1, policy="sliding", is_filled=True, competence=None):
        sequences = SequenceParams(policy=policy, is_filled=is_filled)
        return TrainingWindows(
            reader,
            tokenizer,
            params,
            length=length,
            num_windows=1000,
            seed=seed,
            sequences=sequences,
            competence=competence,
        )

    return make


def test_windows_are_full_and_targets_follow(windows):
    for number in range(50):
        window = windows()[number]
        assert len(window.token_ids_T) == len(window.targets_T) == 64
        assert (window.token_ids_T[1:] == window.targets_T[:-1]).all()


def test_a_window_holds_pieces_from_their_beginnings_on(windows, reader, tokenizer):
    texts = [ids.tobytes() for ids in whole_pieces(reader, tokenizer)]
    for number in range(30):
        ids = windows(length=300)[number].token_ids_T.astype(np.uint16)
        parts = np.split(ids, np.flatnonzero(ids == BOS))
        assert any(text.endswith(parts[0].tobytes()) for text in texts) or len(parts) == 1
        assert all(any(text.startswith(part.tobytes()) for text in texts) for part in parts[1:])


def test_every_place_of_a_piece_is_shown_about_equally_often(windows, reader):
    shown = np.concatenate([windows(length=100)[number].token_ids_T for number in range(600)])
    expected = len(reader) / reader.num_tokens.sum()
    for token in (BOS, EOS):
        assert (shown == token).mean() == pytest.approx(expected, rel=0.15)


def test_an_epoch_is_as_many_windows_as_hold_the_split(windows, reader):
    assert windows(length=64).windows_per_epoch == round(reader.num_tokens.sum() / 64)


def test_truncated_windows_begin_with_pieces(windows, reader):
    made = windows(policy="truncate")
    firsts = [made[number].token_ids_T[0] for number in range(made.windows_per_epoch)]
    assert firsts == [BOS] * len(reader)


def test_adaptive_windows_show_a_piece_that_fits_whole(windows, reader, tokenizer):
    length = int(reader.num_tokens.max())
    made = windows(length=length, policy="adaptive")
    texts = {ids.tobytes() for ids in whole_pieces(reader, tokenizer)}
    shown = [made[number].token_ids_T.astype(np.uint16) for number in range(made.windows_per_epoch)]
    assert {ids[: int(np.flatnonzero(ids == EOS)[0]) + 1].tobytes() for ids in shown} == texts


@pytest.mark.parametrize("policy", ["sliding", "truncate", "adaptive", "phrases"])
def test_windows_that_are_not_filled_end_with_their_piece(windows, policy):
    made = windows(policy=policy, length=300, is_filled=False)
    for number in range(60):
        window = made[number]
        assert 1 <= len(window.token_ids_T) <= 300
        assert EOS not in window.token_ids_T
        assert len(window.token_ids_T) == 300 or window.targets_T[-1] == EOS


def test_a_window_is_as_long_as_planned(windows):
    made = windows(VARIED, policy="truncate", length=300, is_filled=False)
    for number in range(40):
        assert made.planned_length(number) == len(made[number].token_ids_T)


@pytest.fixture
def with_fermatas(make_piece):
    """Thirty-two beats with a fermata on every eighth."""
    return make_piece(3).with_events(
        Events.of([("marker", beat * 24, WHOLE_PIECE, 0, 0.0, FERMATA) for beat in (7, 15, 23)])
    )


@pytest.mark.parametrize("tokens", [EVENT, BarTokenizer(BarTokenizerConfig(steps_per_beat=24))])
def test_phrases_are_found_in_the_tokens(with_fermatas, tokens):
    ids = tokens.encode(with_fermatas)
    places = phrase_tokens(with_fermatas, ids, tokens)
    beats = tokens.beats_of(ids)[np.flatnonzero(tokens.num_notes[ids])]
    notes_before = np.cumsum(tokens.num_notes[ids])[places[1:] - 1]
    assert places[0] == 0
    assert beats[notes_before].tolist() == [8, 16, 24]
    assert beats[notes_before - 1].tolist() == [7, 15, 23]


@pytest.mark.parametrize("tokens", [EVENT, BarTokenizer(BarTokenizerConfig(steps_per_beat=24))])
def test_the_last_beats_of_phrases_are_told(with_fermatas, tokens):
    ids = tokens.encode(with_fermatas)
    is_note = tokens.num_notes[ids] > 0
    told = tokens.beats_of(ids)[is_note & is_phrase_end(with_fermatas, ids, tokens, beats=2)]
    assert sorted(set(told.tolist())) == [6, 7, 14, 15, 22, 23, 30, 31]


def test_windows_tell_their_phrase_ends_if_asked_to(reader, tokenizer):
    def window(**settings):
        return TrainingWindows(reader, tokenizer, VARIED, length=400, num_windows=9, seed=1, **settings)[3]

    plain, told = window(), window(tells_phrase_ends=True)
    assert (told.token_ids_T == plain.token_ids_T).all()
    assert plain.is_phrase_end_T is None
    ends = np.flatnonzero(told.targets_T == EOS)
    assert told.is_phrase_end_T is not None and len(told.is_phrase_end_T) == 400
    assert told.is_phrase_end_T[ends - 2].all() and not told.is_phrase_end_T.all()


def test_windows_begin_with_phrases(write_corpus, with_fermatas, tmp_path):
    reader = SplitReader.of(write_corpus({"train": [with_fermatas]}) / "split=train", cache=tmp_path / "cache")
    sequences = SequenceParams(policy="phrases", is_filled=False)
    made = TrainingWindows(reader, EVENT, PLAIN, length=40, num_windows=50, seed=1, sequences=sequences)
    ids = EVENT.encode(reader.score(0))
    places = phrase_tokens(reader.score(0), ids, EVENT)
    begun = [made[number].token_ids_T.tolist() for number in range(50)]
    assert {tuple(window) for window in begun} == {tuple(ids[place : place + 40].tolist()) for place in places}


def test_only_the_easiest_pieces_are_shown_at_first(windows, reader, tokenizer):
    hardest_first = Competence.of(-np.arange(8.0), ComplexityParams(start=0.25, until=1))
    made = windows(length=64, competence=hardest_first)
    easy = {ids.tobytes() for ids in list(whole_pieces(reader, tokenizer))[5:]}
    for number in range(30):
        ids = made[number].token_ids_T.astype(np.uint16)
        parts = [part for part in np.split(ids, np.flatnonzero(ids == BOS)) if len(part)]
        assert all(any(part.tobytes() in text for text in easy) for part in parts)


def test_number_and_seed_decide(windows):
    first, again, other = windows(VARIED), windows(VARIED), windows(VARIED, seed=2)
    late = [first[number].token_ids_T for number in (90, 3, 41)]
    assert all((again[number].token_ids_T == ids).all() for number, ids in zip((90, 3, 41), late, strict=True))
    assert any((other[number].token_ids_T != ids).any() for number, ids in zip((90, 3, 41), late, strict=True))


def test_a_resumed_run_sees_the_same_windows_whatever_it_saw_before(windows):
    ramp = {"chance": {"shape": "linear", "start": 0.0, "end": 1.0}}
    everything = AugmentParams(transpose={"chance": 0.5}, stretch=ramp, dynamics=ramp, timbre=ramp, groove=ramp)
    undisturbed, resumed = windows(everything), windows(everything)
    stream = [undisturbed[number].token_ids_T for number in range(300)]
    assert all((resumed[number].token_ids_T == stream[number]).all() for number in range(250, 300))


def test_a_chance_follows_the_training(windows):
    params = AugmentParams(groove={"chance": {"shape": "linear", "start": 0.0, "end": 1.0}})
    plain, varied = windows(PLAIN), windows(params)
    differs = [(plain[number].token_ids_T != varied[number].token_ids_T).any() for number in range(1000)]
    assert not any(differs[:3])
    assert all(differs[-3:])
    assert sum(differs[:300]) < sum(differs[-300:])


def test_pieces_are_transposed_from_epoch_to_epoch(windows):
    def reach(params):
        made = windows(params, length=200)
        shown = np.concatenate([made[number].token_ids_T for number in range(12 * made.windows_per_epoch)])
        notes = shown[(shown >= NOTE_ON) & (shown < NOTE_OFF)]
        return notes.min(), notes.max()

    (low, high), (lowest, highest) = reach(PLAIN), reach(VARIED)
    assert (lowest - low, highest - high) == (-5, 6)


def test_held_out_windows_predict_all_once_shortest_first(reader, tokenizer):
    pieces = list(whole_pieces(reader, tokenizer))
    held_out = HeldOutWindows(pieces, length=64)
    lengths = [len(held_out[number].token_ids_T) for number in range(len(held_out))]
    predicted = sum(int((window.targets_T != IGNORED).sum()) for window in held_out.windows)
    assert lengths == sorted(lengths)
    assert predicted == sum(len(ids) - 1 for ids in pieces)


def test_varied_pieces_are_every_piece_in_every_key(reader, tokenizer):
    variations = [ids.tobytes() for ids in varied_pieces(reader, tokenizer, VARIED, seed=1)]
    assert len(variations) == len(set(variations)) == len(reader) * 12
    assert (
        list(varied_pieces(reader, tokenizer, PLAIN, seed=1))[3].tolist() == tokenizer.encode(reader.score(3)).tolist()
    )
