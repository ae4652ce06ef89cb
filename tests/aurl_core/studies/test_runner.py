from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aurl_core.chunks import Casualty, SerialPool
from aurl_core.errors import MissingError, SettingError
from aurl_core.studies.runner import REJECTIONS, piece_refs, run_studies
from aurl_core.studies.study import study_schema, study_table

HERE = f"{__name__}:"


class NoteCount:
    """Counts notes, and stumbles over very short pieces."""

    name = "counts"
    schema = study_schema(pa.field("num_notes", pa.int32()))

    def __init__(self, params):
        pass

    def analyze(self, piece, score):
        if len(score.notes) < 10:
            raise ValueError("too short")
        return study_table(self.schema, piece, {"num_notes": [len(score.notes)], "confidence": [1.0]})


class Stumbling(NoteCount):
    name = "stumbling"

    def analyze(self, piece, score):
        raise ZeroDivisionError("always")


@dataclass
class LossyPool:
    """Loses the first item, as a pool does whose worker hung on it."""

    def map(self, function, items, *, chunk_size=None):
        yield Casualty(items[0], "timeout")
        yield function(list(items[1:]))


@pytest.fixture
def corpus(write_corpus, make_piece):
    return (
        write_corpus({"train": [make_piece(0), make_piece(1), make_piece(2, num_beats=3), make_piece(3)]})
        / "split=train"
    )


@pytest.fixture
def run(tmp_path, corpus, params):
    def call(*names, pool=None, calls=None, **changes):
        settings = params.model_copy(update={"studies": tuple(HERE + n for n in names), "templates": ()} | changes)
        seen = calls if calls is not None else []
        return run_studies(
            corpus,
            tmp_path / "studies",
            params=settings,
            pool=pool or SerialPool(),
            progress=lambda done, total: seen.append((done, total)),
        )

    return call


def test_pieces_are_found_in_order_across_shards(corpus):
    assert [ref.piece_id for ref in piece_refs(corpus)] == ["train-0", "train-1", "train-2", "train-3"]


def test_each_piece_that_can_be_studied_has_its_row(run, tmp_path):
    outcome = run("NoteCount")
    table = pq.read_table(tmp_path / "studies" / "counts.parquet")
    assert table["piece_id"].to_pylist() == ["train-0", "train-1", "train-3"]
    assert outcome.num_rows == {"counts": 3}
    assert outcome.mean_confidence == {"counts": 1.0}
    assert outcome.seconds["counts"] > 0


def test_a_piece_that_cannot_is_kept_with_its_reason(run, tmp_path):
    run("NoteCount")
    table = pq.read_table(tmp_path / "studies" / "rejections.parquet")
    assert table.schema == REJECTIONS
    assert table.to_pylist() == [
        {"piece_id": "train-2", "study": "counts", "reason": "error", "detail": "ValueError: too short"}
    ]


def test_a_piece_lost_by_the_pool_is_kept_too(run):
    outcome = run("NoteCount", pool=LossyPool())
    assert ("train-0", "", "timeout", "") in outcome.failures
    assert outcome.num_pieces == 4


def test_a_study_that_always_fails_ends_the_run_and_leaves_nothing(run, tmp_path):
    with pytest.raises(SettingError, match=r"stumbling failed on all 4 pieces.*ZeroDivisionError: always"):
        run("Stumbling")
    assert not (tmp_path / "studies").exists()


def test_progress_reaches_the_total(run):
    calls = []
    run("NoteCount", pool=SerialPool(chunk_size=3), calls=calls)
    assert calls == [(3, 4), (4, 4)]


def test_chunks_do_not_change_a_byte(run, tmp_path, params):
    shipped = {"studies": params.studies, "templates": params.templates}
    contents = []
    for size in (1, 4):
        run(pool=SerialPool(chunk_size=size), **shipped)
        files = sorted((tmp_path / "studies").rglob("*.parquet"))
        contents.append({file.name: file.read_bytes() for file in files})
    assert set(contents[0]) == {
        "chords.parquet", "keys.parquet", "sections.parquet", "contours.parquet", "motifs.parquet",
        "rejections.parquet", "chord_transitions.parquet",
    }  # fmt: skip
    assert contents[0] == contents[1]


def test_a_corpus_written_anew_is_read_anew(params, write_corpus, make_piece, tmp_path):
    settings = params.model_copy(update={"studies": (f"{HERE}NoteCount",), "templates": ()})
    counts = []
    for num_beats in (20, 24):
        source = write_corpus({"train": [make_piece(0, num_beats=num_beats)]}) / "split=train"
        run_studies(source, tmp_path / "out", params=settings, pool=SerialPool(), progress=lambda done, total: None)
        counts += pq.read_table(tmp_path / "out" / "counts.parquet")["num_notes"].to_pylist()
    assert counts[0] < counts[1]


def test_without_pieces_there_is_nothing_to_study(params, tmp_path):
    with pytest.raises(MissingError, match="pieces-"):
        run_studies(tmp_path, tmp_path / "out", params=params, pool=SerialPool(), progress=lambda done, total: None)
