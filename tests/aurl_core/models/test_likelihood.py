import math

import numpy as np
import pytest
import torch

from aurl_core.models.likelihood import IGNORED, Window, collate, nats, strided_windows, total_nats


@pytest.mark.parametrize("size", [2, 5, 8, 9, 10, 13, 40])
@pytest.mark.parametrize(("length", "stride"), [(8, 4), (8, 8), (8, 1), (2, 1)])
def test_every_token_but_the_first_is_predicted_once(size, length, stride):
    ids = np.arange(100, 100 + size, dtype=np.uint16)
    windows = list(strided_windows(ids, length=length, stride=stride))
    predicted = np.concatenate([window.targets_T[window.targets_T != IGNORED] for window in windows])
    assert predicted.tolist() == ids[1:].tolist()
    assert max(len(window.token_ids_T) for window in windows) <= length


def test_targets_follow_what_is_read_and_see_enough_of_the_past():
    windows = list(strided_windows(np.arange(20), length=8, stride=3))
    for window in windows:
        seen = window.targets_T != IGNORED
        assert (window.targets_T[seen] == window.token_ids_T[seen] + 1).all()
    assert all(np.flatnonzero(window.targets_T != IGNORED)[0] >= 5 for window in windows[1:])


def test_a_piece_of_one_token_predicts_nothing():
    assert list(strided_windows(np.array([1]), length=8, stride=4)) == []


def test_a_batch_is_padded_at_the_end():
    batch = collate([Window(np.array([5, 6]), np.array([6, 7])), Window(np.array([8]), np.array([9]))])
    assert batch.token_ids_BT.tolist() == [[5, 6], [8, 0]]
    assert batch.targets_BT.tolist() == [[6, 7], [9, IGNORED]]


def test_nats_of_a_known_distribution():
    logits = torch.log(torch.tensor([[[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]]))
    assert float(nats(logits, torch.tensor([[1, 1]]))) == pytest.approx(-math.log(0.25) - math.log(0.8))
    assert float(nats(logits, torch.tensor([[1, IGNORED]]))) == pytest.approx(-math.log(0.25))


def test_whole_pieces_under_a_model_that_knows_nothing():
    def uniform(token_ids: torch.Tensor) -> torch.Tensor:
        return torch.zeros(*token_ids.shape, 16)

    pieces = [np.arange(10), np.arange(3), np.array([1])]
    assert total_nats(uniform, pieces, length=4, batch_size=2) == pytest.approx((9 + 2) * math.log(16), rel=1e-6)
