import numpy as np
import pytest
import torch

from aurl_core.errors import SettingError
from aurl_core.models.likelihood import Window
from aurl_core.training.loading.batches import InOrder, LegSampler, TrainingBatches


class Numbered:
    """A window of two tokens for each number, both of which are the number."""

    def __getitem__(self, number):
        return Window(np.full(2, number), np.full(2, number))


@pytest.fixture
def make_batches():
    def make(rank=0, world_size=1, *, batch_size=6) -> TrainingBatches:
        plan = InOrder(batch_size=batch_size, num_steps=10)
        return TrainingBatches(Numbered(), plan, rank=rank, world_size=world_size)

    return make


def test_batches_follow_each_other(make_batches):
    shown = [make_batches()[step].token_ids_BT[:, 0].tolist() for step in (0, 1, 9)]
    assert shown == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11], [54, 55, 56, 57, 58, 59]]


@pytest.mark.parametrize("world_size", [1, 2, 3, 4, 6])
def test_all_ranks_together_have_the_batch_of_one(make_batches, world_size):
    rows_B = torch.cat([make_batches(rank, world_size)[3].token_ids_BT[:, 0] for rank in range(world_size)])
    assert sorted(rows_B.tolist()) == make_batches()[3].token_ids_BT[:, 0].tolist()


def test_more_processes_than_rows_are_refused(make_batches):
    with pytest.raises(SettingError, match=r"train\.batch_size: step 0 has 2 windows, too few for 3 processes"):
        make_batches(0, 3, batch_size=2)[0]


def test_a_leg_goes_on_where_the_last_one_ended():
    sampler = LegSampler(3)
    assert list(sampler) == [0, 1, 2]
    sampler.set_epoch(2)
    assert (list(sampler), len(sampler)) == ([6, 7, 8], 3)
