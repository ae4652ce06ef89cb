import pytest
from pytorch_lightning.strategies import DDPStrategy

from aurl_core.errors import SettingError
from aurl_core.training.distributed.params import StrategyParams
from aurl_core.training.distributed.placement import placement
from aurl_core.training.distributed.sharded import ShardedStrategy
from aurl_core.training.distributed.world import World

FOUR = World(rank=3, size=4, local_size=2, is_launched=True)


def test_one_process_needs_no_strategy(make_recipe):
    assert placement(StrategyParams(), World(), model=make_recipe().model) == {"devices": 1}


@pytest.mark.parametrize(
    ("kind", "strategy"), [("ddp", DDPStrategy), ("fsdp", ShardedStrategy), ("pipeline", ShardedStrategy)]
)
def test_lightning_is_told_what_torchrun_started(make_recipe, kind, strategy):
    place = placement(StrategyParams(kind=kind), FOUR, model=make_recipe().model)
    assert (place["devices"], place["num_nodes"], type(place["strategy"])) == (2, 2, strategy)


def test_several_processes_of_a_training_of_one_are_told(make_recipe):
    with pytest.raises(SettingError, match="single is one process, but torchrun started 4"):
        placement(StrategyParams(), FOUR, model=make_recipe().model)
