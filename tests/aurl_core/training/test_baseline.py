import math

import numpy as np
import pytest

from aurl_core.training.baseline import Bigram

A, B, C = range(3)


def test_witten_bell_by_hand():
    bigram = Bigram.count([np.array([A, B, A, B, A, C])], vocab_size=3)
    # pairs: A>B twice, B>A twice, A>C once; unigrams of successors plus one: A 3, B 3, C 2 of 8
    p = np.exp(bigram.log_probabilities())
    assert p[A, B] == pytest.approx((2 + 2 * 3 / 8) / (3 + 2))
    assert p[B, C] == pytest.approx((0 + 1 * 2 / 8) / (2 + 1))
    assert p[C].tolist() == pytest.approx([3 / 8, 3 / 8, 2 / 8])


def test_probabilities_sum_to_one():
    pieces = [np.random.default_rng(0).integers(20, size=50).astype(np.uint16) for _ in range(5)]
    assert np.exp(Bigram.count(pieces, vocab_size=30).log_probabilities()).sum(1) == pytest.approx(1)


def test_a_pieces_first_token_is_not_predicted():
    bigram = Bigram.count([np.array([A, B])], vocab_size=2)
    assert bigram.total_nats([np.array([A])]) == 0
    assert bigram.total_nats([np.array([A, B]), np.array([A])]) == pytest.approx(-math.log((1 + 2 / 3) / 2))
