import pytest

from aurl_core.training.distributed.params import StrategyParams
from aurl_core.training.distributed.share import WHOLE, HeldOutBatches, Share
from aurl_core.training.distributed.world import World


@pytest.mark.parametrize(
    ("kind", "expected"), [("ddp", Share(1, 2)), ("fsdp", Share(1, 2)), ("tensor", WHOLE), ("pipeline", WHOLE)]
)
def test_batches_are_split_by_some_strategies(kind, expected):
    assert Share.of(StrategyParams(kind=kind), World(rank=1, size=2)) == expected


def test_the_first_share_draws_what_one_process_would():
    assert [Share(rank, 2).name("step") for rank in (0, 1)] == ["step", "step 1"]


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_every_held_out_batch_counts_once_and_all_take_as_many_turns(size):
    batches = [[0, 1], [2, 3], [4, 5], [6, 7], [8]]
    shares = [HeldOutBatches(batches, Share(rank, size)) for rank in range(size)]
    counted = [batch for share in shares for turn, batch in enumerate(share) if share.counts(turn)]
    assert sorted(counted) == batches
    assert len({len(list(share)) for share in shares}) == 1
