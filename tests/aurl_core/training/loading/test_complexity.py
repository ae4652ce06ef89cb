import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aurl_core.corpus.cache import SplitReader
from aurl_core.errors import MissingError
from aurl_core.score.score import Notes, Score, Track
from aurl_core.training.loading import complexity as figures
from aurl_core.training.loading.complexity import complexity, hashes


def score_of(onset, pitch=60, duration=24) -> Score:
    return Score(24, Notes.of(onset=onset, duration=duration, pitch=pitch), (Track(),))


SLOW = score_of([0, 24, 48, 72])
RICH = score_of([0, 0, 12, 12, 24, 30, 48, 72], [60, 64, 62, 65, 67, 71, 61, 70])


def test_figures_tell_a_rich_piece_from_a_plain_one():
    assert [figure(SLOW) for figure in figures.OF_NOTES] == [1.0, 1.0, 0.0, 0.0]
    assert [round(figure(RICH), 3) for figure in figures.OF_NOTES] == [2.0, 2.0, 3.0, 1.922]


@pytest.fixture
def reader(write_corpus, tmp_path):
    def read(scores) -> SplitReader:
        return SplitReader.of(write_corpus({"train": scores}) / "split=train", cache=tmp_path / "cache")

    return read


@pytest.fixture
def write_studies(tmp_path):
    def write(labels, correlations):
        rows = [(f"train-{number}", label) for number, row in enumerate(labels) for label in row]
        ids, chords = (pa.array(column).dictionary_encode() for column in zip(*rows, strict=True))
        pq.write_table(pa.table({"piece_id": ids, "label": chords}), tmp_path / "chords.parquet")
        ids = pa.array([f"train-{number}" for number in range(len(correlations))])
        pq.write_table(pa.table({"piece_id": ids, "correlation": correlations}), tmp_path / "keys.parquet")
        return tmp_path

    return write


def test_pieces_are_ranked_by_their_notes(reader):
    middling = score_of([0, 24, 48, 60], [60, 60, 62, 62])
    assert np.argsort(complexity(reader([RICH, SLOW, middling]))).tolist() == [1, 2, 0]


def test_studies_tell_equal_notes_apart(reader, write_studies):
    studies = write_studies([["C", "G:min", "D", "F"], ["C", "C", "G", "G"], []], [0.4, 0.9, 0.9])
    first, second, third = complexity(reader([SLOW, SLOW, SLOW]), studies=studies)
    assert second < third < first


def test_a_table_that_is_missing_is_told(reader, write_studies, tmp_path):
    with pytest.raises(MissingError, match=r"chords\.parquet is missing.*run `dvc repro study`"):
        complexity(reader([SLOW]), studies=tmp_path)


def test_hashes_follow_the_tables(write_studies):
    first = hashes(write_studies([["C"]], [0.4]))
    assert (hashes(write_studies([["C"]], [0.4])), sorted(first)) == (first, ["chords.parquet", "keys.parquet"])
    assert hashes(write_studies([["C"]], [0.5])) != first
