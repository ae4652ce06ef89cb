import os
import resource
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from aurl_core.corpus.cache import SplitReader
from aurl_core.errors import MissingError
from aurl_core.score.score import WHOLE_PIECE, Events, Score


@pytest.fixture
def scores(make_piece) -> list[Score]:
    lengths = (8, 3, 16, 1, 5)
    return [make_piece(seed, num_beats=length) for seed, length in enumerate(lengths)]


@pytest.fixture
def split(write_corpus, scores):
    return write_corpus({"train": scores}) / "split=train"


def splits_in(cache: Path) -> list[Path]:
    """What is in a cache beside its lock."""
    return [path for path in cache.iterdir() if path.name != ".lock"]


def test_every_piece_comes_back(split, scores, tmp_path):
    reader = SplitReader.of(split, cache=tmp_path / "cache")
    assert len(reader) == 5
    assert all(reader.score(number).equals(score) for number, score in enumerate(scores))


def test_rows_and_token_counts(split, tmp_path):
    reader = SplitReader.of(split, cache=tmp_path / "cache")
    row = reader.row(3)
    # BOS, tempo, (family, velocity, note on) twice, shift, (family, note off) twice, EOS
    assert (row["piece_id"], row["num_notes"], row["num_tokens"]) == ("train-3", 2, 14)
    assert reader.num_tokens[3] == 14
    assert reader.piece_id(3) == "train-3"
    assert "token_ids" not in row


def test_a_piece_without_notes_and_events_of_all_sorts(write_corpus, make_piece, tmp_path):
    events = [
        ("lyric", 3, 1, 0, 0.0, "a"),
        ("control_change", 0, 0, 64, 127.0, ""),
        ("tempo", 0, WHOLE_PIECE, 0, 90.5, ""),
    ]
    wordy = make_piece(1, num_beats=2).with_events(Events.of(events))
    corpus = write_corpus({"test": [Score(24), wordy]})
    reader = SplitReader.of(corpus / "split=test", cache=tmp_path / "cache")
    assert reader.score(0).equals(Score(24))
    assert reader.score(1).equals(wordy)


def test_the_cache_is_made_once(split, tmp_path):
    SplitReader.of(split, cache=tmp_path / "cache")
    for file in split.glob("*.parquet"):
        file.unlink()
    assert len(SplitReader.of(split, cache=tmp_path / "cache")) == 5


def test_another_corpus_is_another_cache(split, tmp_path):
    SplitReader.of(split, cache=tmp_path / "cache")
    (split.parent / "manifest.json").write_text("something else")
    SplitReader.of(split, cache=tmp_path / "cache")
    assert len(splits_in(tmp_path / "cache")) == 2


def test_the_oldest_go_when_the_limit_is_passed(split, tmp_path):
    cache = tmp_path / "cache"
    for number, age in (("a", 20), ("b", 30)):
        (split.parent / "manifest.json").write_text(number)
        SplitReader.of(split, cache=cache)
        newest = max(splits_in(cache), key=os.path.getmtime)
        os.utime(newest, (age, age))
    size = sum(file.stat().st_size for file in newest.iterdir())
    (split.parent / "manifest.json").write_text("c")
    SplitReader.of(split, cache=cache, limit_bytes=2 * size)
    assert len(splits_in(cache)) == 2
    (split.parent / "manifest.json").write_text("b")
    shutil.rmtree(split)
    assert len(SplitReader.of(split, cache=cache, limit_bytes=0)) == 5
    assert len(splits_in(cache)) == 1


def test_no_corpus_is_said(tmp_path):
    with pytest.raises(MissingError, match="dvc repro shard"):
        SplitReader.of(tmp_path / "split=train", cache=tmp_path / "cache")


def test_a_piece_that_is_not_there(split, tmp_path):
    with pytest.raises(IndexError, match="piece 5 of a split of 5"):
        SplitReader.of(split, cache=tmp_path / "cache").score(5)


def test_of_many_at_once_one_makes_it(split, scores, tmp_path):
    with ThreadPoolExecutor(8) as threads:
        readers = list(threads.map(lambda _: SplitReader.of(split, cache=tmp_path / "cache"), range(8)))
    assert len(splits_in(tmp_path / "cache")) == 1
    assert all(reader.score(4).equals(scores[4]) for reader in readers)


def test_what_a_killed_process_began_is_swept(split, tmp_path):
    begun = tmp_path / "cache" / ".0123.abc" / "0123"
    begun.mkdir(parents=True)
    (begun / "notes.arrow").write_bytes(b"half")
    assert len(SplitReader.of(split, cache=tmp_path / "cache")) == 5
    assert len(splits_in(tmp_path / "cache")) == 1


def test_a_full_disk_leaves_nothing_and_the_next_try_works(split, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match="large"):
            SplitReader.of(split, cache=tmp_path / "cache")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert splits_in(tmp_path / "cache") == []
    assert len(SplitReader.of(split, cache=tmp_path / "cache")) == 5


def test_who_has_a_split_open_keeps_it(split, scores, tmp_path):
    reader = SplitReader.of(split, cache=tmp_path / "cache")
    (split.parent / "manifest.json").write_text("another")
    SplitReader.of(split, cache=tmp_path / "cache", limit_bytes=0)
    assert len(splits_in(tmp_path / "cache")) == 1
    assert reader.score(2).equals(scores[2])


def test_some_of_the_pieces_are_a_reader_too(split, scores, tmp_path):
    reader = SplitReader.of(split, cache=tmp_path / "cache")
    assert len(reader.num_tokens) == len(scores)
    some = reader.only(np.array([0, 2])).only(np.array([1]))
    assert [some.piece_id(0), some.row(0)["piece_id"]] == [reader.piece_id(2)] * 2
    assert some.num_tokens.tolist() == reader.num_tokens[2:3].tolist()
    with pytest.raises(IndexError, match="piece 1 of a split of 1"):
        some.score(1)
