import shutil
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aurl_core.chunks import SerialPool
from aurl_core.corpus.catalog import query, rebuild_catalog
from aurl_core.corpus.params import NearDuplicateConfig, ShardParams, SplitFractions
from aurl_core.corpus.quantized import quantize_corpus
from aurl_core.corpus.sharded import shard_corpus
from aurl_core.corpus.store import Store
from aurl_core.errors import InputError, MissingError
from aurl_core.quantization.params import QuantizeParams
from aurl_core.tokens.params import EventTokenizerConfig

from .conftest import tune

QUANTIZE = QuantizeParams(mode="strict", steps_per_beat=24, short_notes="lengthen")
SHARD = ShardParams(
    tokenizer=EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"),
    fractions=SplitFractions(train=0.8, validation=0.1, test=0.1),
    near_duplicates=NearDuplicateConfig(ngram_length=6, min_ngrams=18, threshold=0.3),
    notes_per_shard=1000,
)


def quantize(data):
    work = {"store": Store(data / "store"), "pool": SerialPool(), "progress": lambda done, total: None}
    quantize_corpus(data / "parsed", data / "quantized", QUANTIZE, **work)


def shard(data):
    work = {"store": Store(data / "store"), "pool": SerialPool(), "progress": lambda done, total: None}
    shard_corpus(data / "quantized", data / "corpus", SHARD, **work)


@pytest.fixture
def data(write_parsed):
    """data/parsed and data/quantized of three tunes."""
    parsed = write_parsed({name: tune(seed) for seed, name in enumerate("abc")})
    quantize(parsed.parent)
    return parsed.parent


@pytest.fixture
def corpus(data):
    """The same three tunes as a corpus."""
    shard(data)
    return data / "corpus"


def rows(data, sql):
    return [tuple(row.values()) for row in query(data.parent, sql).to_pylist()]


def test_pieces_come_from_the_latest_stage_that_ran(write_parsed):
    data = write_parsed({"a": tune(1)}).parent
    assert rebuild_catalog(data.parent) == ["pieces", "notes", "tracks", "events", "repairs"]
    assert rows(data, "SELECT ticks_per_beat FROM pieces") == [(480,)]
    quantize(data)
    rebuild_catalog(data.parent)
    assert rows(data, "SELECT steps_per_beat FROM pieces") == [(24,)]


def test_the_corpus_has_splits_and_tokens_by_name(corpus):
    assert "tokens" in rebuild_catalog(corpus.parents[1])
    [(splits, pieces)] = rows(corpus.parent, "SELECT count(DISTINCT split), count(*) FROM pieces")
    assert (splits, pieces) == (3, 3)
    first = rows(corpus.parent, "SELECT token FROM tokens WHERE position < 2 ORDER BY piece_id, position")
    assert first == [("BOS",), ("TEMPO_13",)] * 3
    assert rows(corpus.parent, "SELECT sum(num_tokens) FROM pieces") == rows(
        corpus.parent, "SELECT count(*) FROM tokens"
    )


def test_small_columns_can_be_subtracted(data):
    rebuild_catalog(data.parent)
    [(lowest,)] = rows(data, "SELECT min(pitch - 127) FROM notes")
    assert lowest < 0


def test_one_table_a_study_and_the_samples_become_views(data):
    for path in ("studies/chords.parquet", "studies/templates/transitions.parquet", "generated/samples.parquet"):
        (data / path).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"piece_id": ["x"], "sections": pa.array([3], pa.uint8())}), data / path)
    views = rebuild_catalog(data.parent)
    assert {"chords", "transitions", "generated"} <= set(views)
    assert rows(data, "SELECT sections - 4 FROM chords") == [(-1,)]


def test_what_studies_could_not_read_does_not_hide_what_parse_could_not(data):
    for path, column in (("parsed/rejections.parquet", "remedy"), ("studies/rejections.parquet", "study")):
        (data / path).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({column: ["x"]}), data / path)
    rebuild_catalog(data.parent)
    assert rows(data, "SELECT remedy, study FROM rejections, study_rejections") == [("x", "x")]


def test_a_table_that_counts_its_tokens_is_not_counted_twice(data):
    (data / "generated").mkdir()
    ids = pa.array([[1, 5, 2]], pa.list_(pa.uint16()))
    pq.write_table(pa.table({"token_ids": ids, "num_tokens": [3]}), data / "generated/samples.parquet")
    rebuild_catalog(data.parent)
    assert query(data.parent, "SELECT * FROM generated").to_pylist() == [{"num_tokens": 3}]


def test_queries_work_from_any_folder(data, tmp_path, monkeypatch):
    rebuild_catalog(data.parent)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert rows(data, "SELECT count(*) FROM notes") == [(240,)]


def test_the_files_of_the_repository_are_read_though_the_current_folder_has_its_own(data, tmp_path, monkeypatch):
    rebuild_catalog(data.parent)
    shutil.copytree(data, tmp_path / "elsewhere" / "data")
    pq.write_table(pq.read_table(data / "quantized/notes-00000.parquet").slice(0, 1),
                   tmp_path / "elsewhere/data/quantized/notes-00000.parquet")  # fmt: skip
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert rows(data, "SELECT count(*) FROM notes") == [(240,)]


def test_the_repository_can_be_moved(data, tmp_path):
    rebuild_catalog(data.parent)
    (tmp_path / "new").mkdir()
    data.rename(tmp_path / "new" / "data")
    assert rows(tmp_path / "new" / "data", "SELECT count(*) FROM pieces") == [(3,)]


def test_duckdb_itself_reads_it_from_the_root(data, monkeypatch):
    rebuild_catalog(data.parent)
    monkeypatch.chdir(data.parent)
    with duckdb.connect("data/catalog.duckdb", read_only=True) as connection:
        assert connection.execute("SELECT title FROM pieces ORDER BY 1").fetchall() == [("a",), ("b",), ("c",)]


def test_a_query_cannot_change_the_catalogue(data):
    rebuild_catalog(data.parent)
    with pytest.raises(InputError, match="read-only"):
        query(data.parent, "DROP VIEW pieces")


def test_a_wrong_query_is_told_which_views_there_are(data):
    rebuild_catalog(data.parent)
    with pytest.raises(InputError, match="events, notes, pieces, rejections, repairs, tracks"):
        query(data.parent, "SELECT * FROM songs")


def test_without_a_catalogue_the_way_out_is_said(tmp_path):
    with pytest.raises(MissingError, match="dvc repro"):
        query(tmp_path, "SELECT 1")


def test_a_damaged_catalogue_is_told_with_the_way_out(data):
    (data / "catalog.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(InputError, match="delete it"):
        query(data.parent, "SELECT 1")


def test_nothing_but_the_catalogue_is_left(data):
    before = sorted(path.name for path in data.iterdir())
    rebuild_catalog(data.parent)
    rebuild_catalog(data.parent)
    assert sorted(path.name for path in data.iterdir()) == sorted([*before, "catalog.duckdb"])


def test_data_may_lie_outside_the_repository(data, tmp_path):
    root = tmp_path / "repository"
    root.mkdir()
    rebuild_catalog(root, data)
    assert query(root, "SELECT count(*) AS n FROM pieces", data=data).to_pylist() == [{"n": 3}]


def test_sums_of_integers_are_integers_and_huge_ones_are_kept(data):
    rebuild_catalog(data.parent)
    [(total, huge)] = rows(data, "SELECT sum(num_notes), sum(num_notes) * 100000000000000000000::HUGEINT FROM pieces")
    assert (type(total), type(huge)) == (int, Decimal)
    assert (total, huge) == (240, Decimal(240 * 10**20))
