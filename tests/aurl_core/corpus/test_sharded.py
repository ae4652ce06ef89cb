import json
import shutil

import numpy as np
import pytest

from aurl_core.chunks import SerialPool
from aurl_core.corpus.params import NearDuplicateConfig, ShardParams, SplitFractions
from aurl_core.corpus.quantized import quantize_corpus
from aurl_core.corpus.sharded import shard_corpus
from aurl_core.corpus.shards import read_scores, read_shards, shard_files
from aurl_core.corpus.splits import SPLITS
from aurl_core.corpus.store import Store
from aurl_core.errors import InputError
from aurl_core.quantization.params import QuantizeParams
from aurl_core.tokens.params import EventTokenizerConfig, MidiTokConfig
from aurl_core.tokens.tokenizer import build_tokenizer, load_tokenizer

from .conftest import tune

PARAMS = ShardParams(
    tokenizer=EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"),
    fractions=SplitFractions(train=0.6, validation=0.2, test=0.2),
    near_duplicates=NearDuplicateConfig(ngram_length=6, min_ngrams=18, threshold=0.3),
    context_lengths=(100, 10_000),
    notes_per_shard=500,
)
STRICT = QuantizeParams(mode="strict", steps_per_beat=24, short_notes="lengthen")
TUNES = {f"tune {seed}": tune(seed) for seed in range(20)}


@pytest.fixture
def shard(write_parsed):
    """Quantize and shard scores by name; the corpus's folder and its figures."""

    def make(scores, params=PARAMS, progress=lambda done, total: None):
        source = write_parsed(scores, notes_per_shard=300)
        quantized, corpus = source.with_name("quantized"), source.with_name("corpus")
        pool = SerialPool()
        for folder in (quantized, corpus):
            shutil.rmtree(folder, ignore_errors=True)
        with Store(source.with_name("store")) as store:
            quantize_corpus(source, quantized, STRICT, store=store, pool=pool, progress=lambda done, total: None)
            return corpus, shard_corpus(quantized, corpus, params, store=store, pool=pool, progress=progress)

    return make


def rows_of(corpus):
    return {split: [row for row, _ in read_scores(corpus / f"split={split}")] for split in SPLITS}


def test_every_piece_is_in_one_split_with_its_music(shard):
    corpus, _ = shard(TUNES)
    found = {row["title"]: score for split in SPLITS for row, score in read_scores(corpus / f"split={split}")}
    assert sorted(found) == sorted(TUNES)
    assert all(score.equals(tune(int(title.split()[1]), ticks_per_beat=24)) for title, score in found.items())


def test_the_ids_are_those_of_the_vocabulary_beside_them(shard):
    corpus, figures = shard(TUNES)
    tokenizer = load_tokenizer(corpus / "vocabulary.json")
    for row, score in read_scores(corpus / "split=train"):
        assert tokenizer.decode(row["token_ids"]).equals(tokenizer.normal_form(score))
    assert tokenizer.vocabulary.hash == figures.vocabulary_hash


def test_a_melody_in_two_keys_over_two_basses_stays_together(shard):
    twins = {f"tune {seed} in D": tune(seed, transposed=2) for seed in range(20)}
    corpus, figures = shard({**TUNES, **twins})
    splits = {row["title"]: split for split, rows in rows_of(corpus).items() for row in rows}
    assert all(splits[name] == splits[f"{name} in D"] for name in TUNES)
    assert (figures.near_duplicates.num_clusters, figures.near_duplicates.num_kept_together) == (20, 40)
    assert figures.near_duplicates.num_leaks_prevented > 0


def test_note_starts_lead_to_each_pieces_notes(shard):
    corpus, _ = shard(TUNES)
    shards = list(read_shards(corpus / "split=train"))
    assert len(shards) > 1
    for tables in shards:
        for piece_id, start in zip(
            *(tables.pieces[name].to_pylist() for name in ("piece_id", "note_start")), strict=True
        ):
            assert tables.notes["note_index"][start].as_py() == 0
            assert tables.notes["piece_id"][start].as_py() == piece_id


def test_a_piece_does_not_change_its_split_when_others_come(shard):
    before = {row["piece_id"]: split for split, rows in rows_of(shard(TUNES)[0]).items() for row in rows}
    more = {f"later {seed}": tune(seed) for seed in range(100, 120)}
    after = {row["piece_id"]: split for split, rows in rows_of(shard({**TUNES, **more})[0]).items() for row in rows}
    assert before.items() <= after.items()


def test_the_manifest_tells_files_clusters_and_figures(shard):
    corpus, figures = shard({"a": tune(1), "b": tune(2), "b again": tune(2), "c": tune(3)})
    manifest = json.loads((corpus / "manifest.json").read_text())
    assert set(manifest["files"]) == {
        "vocabulary.json",
        *(str(file.relative_to(corpus)) for file in corpus.rglob("*.parquet")),
    }
    assert [len(pieces) for pieces in manifest["clusters"].values()] == [2]
    assert manifest["splits"]["train"]["num_tokens"] == figures.splits["train"].num_tokens
    assert figures.near_duplicates.num_exact_duplicates == 1


def test_lengths_say_what_truncation_would_lose(shard):
    corpus, figures = shard(TUNES)
    lengths = [len(row["token_ids"]) for row in rows_of(corpus)["train"]]
    train = figures.splits["train"].lengths
    assert (train.shortest, train.longest) == (min(lengths), max(lengths))
    lost = train.contexts["100"].policies["truncate"].tokens_lost
    assert lost == pytest.approx(np.sum(np.array(lengths) - 100) / np.sum(lengths))
    assert (train.contexts["100"].longer_pieces, train.contexts["10000"].longer_pieces) == (1.0, 0.0)


def test_the_same_corpus_twice_is_the_same_bytes(shard):
    first = {file.name: file.read_bytes() for file in sorted(shard(TUNES)[0].rglob("*.*"))}
    assert first == {file.name: file.read_bytes() for file in sorted(shard(TUNES)[0].rglob("*.*"))}


def test_bpe_is_learned_from_the_training_split_alone(shard):
    config = MidiTokConfig(tokenization="TSD", steps_per_beat=24, bpe_vocab_size=1300)
    corpus, figures = shard(TUNES, PARAMS.model_copy(update={"tokenizer": config}))
    titles = {row["title"] for row in rows_of(corpus)["train"]}
    base = build_tokenizer(config)
    learned = base.trained(base.encode(score) for title, score in TUNES.items() if title in titles)
    assert load_tokenizer(corpus / "vocabulary.json").vocabulary.hash == learned.vocabulary.hash
    assert figures.vocabulary_hash == learned.vocabulary.hash != base.vocabulary.hash


def test_ids_are_those_of_the_tokenizer_that_has_learned(shard):
    config = MidiTokConfig(tokenization="TSD", steps_per_beat=24, bpe_vocab_size=1300)
    corpus, figures = shard(TUNES, PARAMS.model_copy(update={"tokenizer": config}))
    tokenizer, total = load_tokenizer(corpus / "vocabulary.json"), 0
    for row, score in read_scores(corpus / "split=train"):
        assert row["token_ids"] == tokenizer.encode(score).tolist()
        total += len(row["token_ids"])
    assert figures.splits["train"].num_tokens == total
    assert "bpe.json" in json.loads((corpus / "manifest.json").read_text())["files"]


def test_an_empty_split_is_still_a_table(shard):
    corpus, figures = shard({"alone": tune(1)})
    sizes = {split: len(rows) for split, rows in rows_of(corpus).items()}
    assert sorted(sizes.values()) == [0, 0, 1]
    for split in (name for name, size in sizes.items() if not size):
        assert len(shard_files(corpus / f"split={split}")) == 1
        assert figures.splits[split].lengths.longest == 0


def test_a_corpus_without_pieces_is_refused(shard):
    with pytest.raises(InputError, match=r"holds no piece.*rejections"):
        shard({})


def test_another_grid_than_the_tokenizers_is_counted(shard):
    coarse = PARAMS.model_copy(update={"tokenizer": EventTokenizerConfig(steps_per_beat=12, out_of_range="fold")})
    assert shard({"a": tune(1)}, coarse)[1].num_off_grid == 1


def test_progress_counts_each_piece_twice(shard):
    told = []
    shard({name: TUNES[name] for name in ("tune 1", "tune 2")}, progress=lambda *numbers: told.append(numbers))
    assert told[-1] == (4, 4)
