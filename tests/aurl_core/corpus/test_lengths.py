import pytest

from aurl_core.corpus.lengths import Truncation, length_figures


def test_percentiles_are_lengths_that_occur():
    figures = length_figures(range(1, 101), [])
    assert (figures.shortest, figures.percentile_5, figures.median, figures.percentile_95, figures.longest) == (
        1, 5, 50, 95, 100,
    )  # fmt: skip
    assert figures.mean == pytest.approx(50.5)


def test_truncation_counts_pieces_and_tokens():
    assert length_figures([100, 300, 600], [200]).truncated_at == {"200": Truncation(2 / 3, 0.5)}


def test_a_piece_of_just_the_length_loses_nothing():
    assert length_figures([256], [256]).truncated_at["256"] == Truncation(0.0, 0.0)


def test_without_pieces_there_is_nothing_to_lose():
    figures = length_figures([], [256])
    assert (figures.mean, figures.longest, figures.truncated_at["256"]) == (0.0, 0, Truncation(0.0, 0.0))
