import json

import pyarrow.parquet as pq
import pytest

from aurl_core.errors import MissingError
from aurl_core.evaluation.report import compare_sets, figures_of, num_parts, read_training, write_figures


def test_the_copied_sample_is_found_and_the_test_pieces_are_not(evaluation):
    figures = figures_of(evaluation)
    assert figures.copied_share_generated == pytest.approx(0.5)
    assert figures.copied_share_test == 0


def test_figures_count_and_quote(evaluation):
    figures = figures_of(evaluation)
    assert (figures.num_generated, figures.num_test, figures.num_validation) == (2, 3, 3)
    assert (figures.test_bits_per_note, figures.bigram_test_bits_per_note) == (2.95, 6.7)
    assert figures.generated_nats_per_token == pytest.approx(0.5)
    assert figures.scale_consistency_test == 1
    assert figures.pairing_errors + figures.zero_length_notes + figures.reread_differences == 0


def test_the_same_sources_and_seed_give_the_same_figures(evaluation, params, sources):
    again = compare_sets(params, sources=sources, seed=1, progress=lambda done, total: None)
    assert again.comparisons == evaluation.comparisons


def test_metrics_json_is_strict_json_with_every_metric(evaluation, tmp_path):
    write_figures(evaluation, tmp_path)
    content = json.loads((tmp_path / "metrics.json").read_text(), parse_constant=pytest.fail)
    assert content["metrics"].keys() == evaluation.comparisons.keys()
    assert content["samples"]["sample-0"]["num_notes"] == 64
    assert content["figures"]["num_test"] == 3


def test_pieces_parquet_has_a_row_a_piece(evaluation, tmp_path):
    write_figures(evaluation, tmp_path)
    table = pq.read_table(tmp_path / "pieces.parquet")
    assert table["set"].to_pylist() == ["generated"] * 2 + ["test"] * 3 + ["validation"] * 3
    assert table.schema.field("pitch_range").metadata == {b"unit": b"semitones"}


def test_progress_leaves_a_part_a_sample_to_the_page(params, sources):
    told = []
    evaluation = compare_sets(params, sources=sources, seed=1, progress=lambda *part: told.append(part))
    assert told == [(1, 5), (2, 5), (3, 5)]
    assert num_parts(evaluation.samples) == 5


def test_without_training_json_the_way_out_is_named(tmp_path):
    with pytest.raises(MissingError, match="dvc repro train"):
        read_training(tmp_path)
