from itertools import combinations

import numpy as np
import pytest

from aurl_core.studies.params import StructureParams
from aurl_core.studies.structure.segmentation import (
    boundary_evidence,
    fresh_repeats,
    length_preferences,
    novelty,
    repeat_edges,
    segment,
)


def settings(**changes):
    values = {"kernel_bars": 2, "min_bars": 2, "max_bars": 8, "usual_bars": ((4, 1.0),), "novelty_weight": 1.0}
    values |= {"repeat_weight": 1.0, "fresh_weight": 1.0, "same_label_similarity": 0.8}
    return StructureParams.model_validate(values | changes)


def blocks(*labels):
    letters = np.array(list("".join(labels)))
    return (letters[:, None] == letters).astype(float)


def test_novelty_peaks_where_one_block_gives_way_to_another():
    assert novelty(blocks("aaaaaaa", "bbbbbbb"), kernel_bars=2).argmax() == 7


def test_a_repeat_begins_and_ends_where_its_copy_does():
    edges = repeat_edges(blocks("ABCDabcdefghEFGHIJKLabcdefghMNOP"))
    assert set(np.argsort(-edges)[:4].tolist()) == {4, 12, 20, 28}


def test_a_repeat_is_fresh_at_its_first_bar_only():
    fresh = fresh_repeats(blocks("vwxyabcdefghstabcdefghqr"))
    assert np.flatnonzero(fresh).tolist() == [4, 14]


def test_a_single_bar_gives_no_evidence():
    assert boundary_evidence(np.ones((1, 1)), np.ones((1, 1)), params=settings()).tolist() == [0.0]


def test_without_evidence_the_usual_length_wins():
    first, _ = segment(np.zeros(16), length_preferences(16, params=settings()))
    assert first.tolist() == [0, 4, 8, 12]


def test_strong_evidence_beats_the_usual_length():
    evidence = np.zeros(16)
    evidence[6] = 5.0
    first, probability = segment(evidence, length_preferences(16, params=settings()))
    assert 6 in first.tolist()
    assert probability[first.tolist().index(6)] > 0.9


def test_no_inner_section_is_shorter_or_longer_than_allowed():
    rng = np.random.default_rng(3)
    first, _ = segment(rng.normal(0, 4, 60), length_preferences(60, params=settings()))
    lengths = np.diff(np.append(first, 60))
    assert lengths.max() <= 8
    assert lengths[1:-1].min() >= 2


@pytest.mark.parametrize("num_bars", [1, 2, 3])
def test_short_pieces_can_be_cut(num_bars):
    first, probability = segment(np.zeros(num_bars), length_preferences(num_bars, params=settings()))
    assert first[0] == 0
    assert probability[0] == pytest.approx(1.0)


def test_cut_and_probabilities_are_those_of_all_cuts():
    params = settings(min_bars=1, max_bars=5, usual_bars=((2, 0.5), (3, -0.3)))
    evidence, preferences = np.random.default_rng(5).normal(size=7), length_preferences(7, params=params)
    weights = {}
    for size in range(7):
        for inner in combinations(range(1, 7), size):
            lengths = np.diff([0, *inner, 7])
            if lengths.max() <= 5:
                outer = np.maximum(preferences[lengths[[0, -1]]], 0) if len(lengths) > 1 else np.zeros(1)
                prior = outer.sum() + preferences[lengths[1:-1]].sum()
                weights[inner] = np.exp(evidence[list(inner)].sum() + prior)
    first, probability = segment(evidence, preferences)
    assert tuple(first[1:].tolist()) == max(weights, key=lambda cut: weights[cut])
    expected = [sum(w for cut, w in weights.items() if bar in cut) for bar in first[1:].tolist()]
    np.testing.assert_allclose(probability[1:], np.array(expected) / sum(weights.values()))
