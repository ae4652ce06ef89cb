import math

import numpy as np
import pytest

from aurl_core.training.loading import baseline
from aurl_core.training.loading.baseline import Bigram

A, B, C = range(3)


def probabilities(bigram):
    """p(w | h), h in rows and w in columns."""
    before, after = (ids.ravel() for ids in np.indices((bigram.vocab_size, bigram.vocab_size)))
    return np.exp(bigram.log_probabilities(before, after)).reshape(bigram.vocab_size, -1)


def test_witten_bell_by_hand():
    bigram = Bigram.count([np.array([A, B, A, B, A, C])], vocab_size=3)
    # pairs: A>B twice, B>A twice, A>C once; unigrams of successors plus one: A 3, B 3, C 2 of 8
    p = probabilities(bigram)
    assert p[A, B] == pytest.approx((2 + 2 * 3 / 8) / (3 + 2))
    assert p[B, C] == pytest.approx((0 + 1 * 2 / 8) / (2 + 1))
    assert p[C].tolist() == pytest.approx([3 / 8, 3 / 8, 2 / 8])


def test_probabilities_sum_to_one():
    pieces = [np.random.default_rng(0).integers(20, size=50).astype(np.uint16) for _ in range(5)]
    assert probabilities(Bigram.count(pieces, vocab_size=30)).sum(1) == pytest.approx(1)


def test_pieces_are_counted_alike_in_portions(monkeypatch):
    pieces = [np.random.default_rng(seed).integers(20, size=50).astype(np.uint16) for seed in range(5)]
    whole = Bigram.count(pieces, vocab_size=30)
    monkeypatch.setattr(baseline, "_PAIRS_AT_ONCE", 60)
    assert np.array_equal(probabilities(Bigram.count(pieces, vocab_size=30)), probabilities(whole))


def test_without_pieces_every_token_is_as_likely():
    assert probabilities(Bigram.count([], vocab_size=4)).ravel().tolist() == [0.25] * 16


def test_a_pieces_first_token_is_not_predicted():
    bigram = Bigram.count([np.array([A, B])], vocab_size=2)
    assert bigram.total_nats([np.array([A])]) == 0
    assert bigram.total_nats([np.array([A, B]), np.array([A])]) == pytest.approx(-math.log((1 + 2 / 3) / 2))


def test_a_large_vocabulary_takes_the_memory_of_its_pairs_alone():
    bigram = Bigram.count([np.array([60_000, 65_000, 60_000], np.uint16)], vocab_size=65_536)
    assert len(bigram.pairs_P) == 2
    assert bigram.total_nats([np.array([60_000, 65_000], np.uint16)]) < math.log(2)
