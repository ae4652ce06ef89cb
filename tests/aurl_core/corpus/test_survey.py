import pytest

from aurl_core.chunks import Casualty, SerialPool
from aurl_core.corpus.params import NearDuplicateConfig, ShardParams, SplitFractions
from aurl_core.corpus.shards import shard_files
from aurl_core.corpus.survey import survey_corpus, token_ids_of
from aurl_core.errors import AurlError
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


def survey(folder, scratch, pool=None):
    return list(survey_corpus(shard_files(folder), scratch, PARAMS, pool=pool or SerialPool()))


def test_a_set_is_surveyed_piece_by_piece(write_parsed, tmp_path):
    folder = write_parsed({name: tune(seed) for seed, name in enumerate("abc")}, notes_per_shard=160)
    first, second = survey(folder, tmp_path)
    assert (len(first.piece_ids), len(second.piece_ids)) == (2, 1)
    assert len(first.signatures) == len(first.line_piece)
    assert set(first.line_piece.tolist()) == {0, 1}


def test_token_ids_wait_in_a_file(write_parsed, tmp_path):
    folder = write_parsed({"a": tune(1), "b": tune(2)}, notes_per_shard=1000)
    survey(folder, tmp_path)
    tokenizer = build_tokenizer(PARAMS.tokenizer)
    expected = [tokenizer.encode(tune(seed)).tolist() for seed in (1, 2)]
    assert token_ids_of(shard_files(folder)[0], tmp_path).to_pylist() == expected


def test_losses_are_added_up(write_parsed, tmp_path):
    low = tune(1).with_notes(Notes.of(onset=[0, 1], duration=480, pitch=[3, 4]))
    [only] = survey(write_parsed({"a": low, "b": low.with_notes(low.notes.take(slice(1)))}, 1000), tmp_path)
    assert only.losses.dropped_pitches == 3
    assert only.signatures.shape == (0, 120)


def test_a_lost_worker_is_an_error_that_names_the_set(write_parsed, tmp_path):
    class LosingPool:
        def map(self, function, items, *, chunk_size=None):
            yield Casualty(items[0], "memory")

    with pytest.raises(AurlError, match=r"pieces-00000\.parquet.*memory.*worker_memory_mb"):
        survey(write_parsed({"a": tune(1)}), tmp_path, LosingPool())
