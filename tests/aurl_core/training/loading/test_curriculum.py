import numpy as np
import pytest
import torch

from aurl_core.models.likelihood import Batch
from aurl_core.training.loading.curriculum import Competence, ContextLengths, halvings, in_parts
from aurl_core.training.loading.params import ComplexityParams, LengthParams


def test_the_easiest_pieces_come_first():
    assert Competence.of(np.array([0.5, 0.1, 0.9, 0.1]), ComplexityParams()).order_P.tolist() == [1, 3, 0, 2]


def test_only_easy_pieces_are_shown_at_first_and_all_at_last():
    competence = Competence.of(np.arange(10.0)[::-1], ComplexityParams(start=0.2, until=0.5))
    random = np.random.default_rng(1)
    at_first = {competence.any_piece(0.0, random) for _ in range(100)}
    at_last = {competence.any_piece(0.5, random) for _ in range(200)}
    assert (at_first, at_last) == ({9, 8}, set(range(10)))


def test_at_least_one_piece_is_shown():
    assert Competence.of(np.zeros(3), ComplexityParams(start=0.01)).num_within(3, 0.0) == 1


def test_without_a_curriculum_all_is_shown():
    full = Competence.full(7)
    assert [full.num_within(7, progress) for progress in (0.0, 0.3, 1.0)] == [7, 7, 7]


@pytest.mark.parametrize(
    ("full", "start", "number"), [(256, 64, 2), (256, 65, 1), (256, 1, 8), (96, 1, 5), (255, 8, 0)]
)
def test_a_length_is_halved_in_whole_tokens_as_often_as_it_stays_long_enough(full, start, number):
    assert halvings(full, start) == number


def test_lengths_double_up_to_the_full_one():
    lengths = ContextLengths(LengthParams(start=32, until=0.75), full=256, num_steps=400)
    found = [lengths.at(step) for step in range(400)]
    assert [found.count(length) for length in (32, 64, 128, 256)] == [100, 100, 100, 100]
    assert found == sorted(found)


def test_shorter_rows_hold_the_same_tokens_and_targets():
    ids = torch.arange(2 * 9).reshape(2, 9)
    parts = in_parts(Batch(ids[:, :-1], ids[:, 1:]), 4)
    assert parts.token_ids_BT.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [9, 10, 11, 12], [13, 14, 15, 16]]
    assert torch.equal(parts.targets_BT, parts.token_ids_BT + 1)
