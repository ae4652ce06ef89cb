import numpy as np

from aurl_core.chunks import SerialPool
from aurl_core.corpus.params import NearDuplicateConfig, ShardParams, SplitFractions
from aurl_core.corpus.pieces import plans_of, stored_pieces
from aurl_core.corpus.sets import build_sets
from aurl_core.corpus.shards import shard_files
from aurl_core.corpus.similarity import line_signatures
from aurl_core.corpus.store import Store
from aurl_core.corpus.survey import Surveyor, read_survey, token_ids_of, training_ids
from aurl_core.score.score import Notes
from aurl_core.tokens.params import EventTokenizerConfig
from aurl_core.tokens.tokenizer import build_tokenizer

from .conftest import tune

PARAMS = ShardParams(
    tokenizer=EventTokenizerConfig(steps_per_beat=24, out_of_range="drop"),
    fractions=SplitFractions(train=0.8, validation=0.1, test=0.1),
    near_duplicates=NearDuplicateConfig(ngram_length=6, min_ngrams=18, threshold=0.3),
    notes_per_shard=1000,
)


def survey(folder):
    target, surveyor, store = folder.with_name("survey"), Surveyor(PARAMS), Store(folder.with_name("store"))
    plans = plans_of(stored_pieces(folder), surveyor.key)
    build_sets(plans, surveyor, target=target, store=store, pool=SerialPool(), progress=lambda number: None)
    return target


def test_every_piece_is_surveyed(write_parsed):
    found = read_survey(survey(write_parsed({name: tune(seed) for seed, name in enumerate("abc")}, 160)))
    lines = [line_signatures(tune(seed), PARAMS.near_duplicates) for seed in range(3)]
    assert np.array_equal(found.signatures, np.concatenate(lines))
    assert found.line_piece.tolist() == [piece for piece, some in enumerate(lines) for _ in some]


def test_token_ids_wait_in_a_file(write_parsed):
    folder = write_parsed({"a": tune(1), "b": tune(2), "c": tune(3)}, 1000)
    file, (first, _, third) = shard_files(folder)[0], stored_pieces(folder)[0]
    tokenizer = build_tokenizer(PARAMS.tokenizer)
    expected = [tokenizer.encode(tune(seed)).tolist() for seed in (1, 3)]
    assert token_ids_of(survey(folder), file, [first.piece_id, third.piece_id]).to_pylist() == expected


def test_training_ids_are_those_of_the_pieces_asked_for(write_parsed):
    folder = write_parsed({"a": tune(1), "b": tune(2), "c": tune(3)}, 1000)
    wanted = {piece.piece_id for piece in stored_pieces(folder)[0][::2]}
    tokenizer = build_tokenizer(PARAMS.tokenizer)
    expected = [tokenizer.encode(tune(seed)).tolist() for seed in (1, 3)]
    assert [ids.tolist() for ids in training_ids(survey(folder), wanted)] == expected


def test_losses_are_added_up(write_parsed):
    low = tune(1).with_notes(Notes.of(onset=[0, 1], duration=480, pitch=[3, 4]))
    found = read_survey(survey(write_parsed({"a": low, "b": low.with_notes(low.notes.take(slice(1)))}, 1000)))
    assert found.losses.dropped_pitches == 3
    assert len(found.signatures) == 0
