import numpy as np
import pytest

from aurl_core.corpus.lengths import ContextFigures, PolicyFigures, length_figures
from aurl_core.training.loading.params import SequenceParams
from aurl_core.training.loading.sequences import starts_of


def test_percentiles_are_lengths_that_occur():
    figures = length_figures(range(1, 101), [])
    marks = (figures.shortest, figures.percentile_5, figures.percentile_25, figures.median)
    assert marks == (1, 5, 25, 50)
    assert (figures.percentile_75, figures.percentile_95, figures.longest) == (75, 95, 100)
    assert figures.mean == pytest.approx(50.5)


def test_a_context_says_what_each_policy_loses_and_shows():
    assert length_figures([100, 300, 600], [200]).contexts["200"] == ContextFigures(
        longer_pieces=2 / 3,
        policies={
            "truncate": PolicyFigures(tokens_lost=0.5, windows_per_piece=1.0),
            "sliding": PolicyFigures(tokens_lost=0.0, windows_per_piece=5 / 3),
            "adaptive": PolicyFigures(tokens_lost=0.0, windows_per_piece=2.0),
        },
    )


@pytest.mark.parametrize("policy", ["truncate", "sliding", "adaptive"])
def test_windows_are_as_many_as_training_makes(policy):
    lengths = np.array([256, 257, 1000, 30, 505], np.int64)
    starts = starts_of(SequenceParams(policy=policy), lengths, length=256)
    figures = length_figures(lengths, [256]).contexts["256"].policies[policy]
    assert round(figures.windows_per_piece * len(lengths)) == starts.num_windows


def test_a_piece_of_just_the_length_loses_nothing():
    figures = length_figures([256], [256]).contexts["256"]
    assert (figures.longer_pieces, figures.policies["truncate"]) == (0.0, PolicyFigures(0.0, 1.0))


def test_without_pieces_there_is_nothing_to_lose():
    figures = length_figures([], [256])
    assert (figures.mean, figures.longest) == (0.0, 0)
    assert figures.contexts["256"].policies["truncate"] == PolicyFigures(0.0, 0.0)
