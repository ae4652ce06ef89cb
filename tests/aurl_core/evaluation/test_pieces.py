import numpy as np
import pyarrow.parquet as pq
import pytest

from aurl_core.errors import MissingError
from aurl_core.evaluation.metrics import Metric
from aurl_core.evaluation.pieces import measure, measures_table, read_samples, read_split
from aurl_core.score.score import Score
from aurl_core.tokens.tokenizer import load_tokenizer


def count_notes(score):
    return float(len(score.notes)) if len(score.notes) else np.nan


METRICS = (Metric("num_notes", "Notes", "count", "How many.", count_notes, "Pitch"),)


def test_real_pieces_come_as_the_tokenizer_says_them(sources, make_piece):
    tokenizer = load_tokenizer(sources.corpus / "vocabulary.json")
    pieces = list(read_split(sources.corpus, "test", tokenizer))
    assert [piece_id for piece_id, _ in pieces] == ["test-0", "test-1", "test-2"]
    assert pieces[0][1].equals(tokenizer.normal_form(make_piece(9)))


def test_samples_keep_their_order_and_columns(sources):
    first, second = read_samples(sources.generated)
    assert (first.sample_id, second.sample_id) == ("sample-0", "sample-1")
    assert first.row["temperature"] == 0.9
    assert first.token_ids.dtype == np.uint16


def test_no_samples_names_the_way_out(tmp_path):
    with pytest.raises(MissingError, match="dvc repro generate"):
        read_samples(tmp_path)


def test_one_value_a_piece(make_piece):
    pieces = measure("test", [("a", make_piece(0, num_beats=8)), ("b", Score(24))], METRICS)
    np.testing.assert_array_equal(pieces.values["num_notes"], [16, np.nan])


def test_no_pieces():
    assert measure("test", [], METRICS).values["num_notes"].shape == (0,)


def test_the_table_has_a_row_a_piece_and_null_for_undefined(make_piece, tmp_path):
    sets = [measure(name, [("a", make_piece(0, num_beats=8)), ("b", Score(24))], METRICS) for name in ("x", "y")]
    pq.write_table(measures_table(sets, METRICS), tmp_path / "pieces.parquet")
    assert pq.read_table(tmp_path / "pieces.parquet").to_pydict() == {
        "set": ["x", "x", "y", "y"],
        "piece_id": ["a", "b", "a", "b"],
        "num_notes": [16, None, 16, None],
    }
