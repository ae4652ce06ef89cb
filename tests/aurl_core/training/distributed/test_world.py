import pytest

from aurl_core.training.distributed.world import World

TOLD = {"TORCHELASTIC_RUN_ID": "x", "RANK": "3", "WORLD_SIZE": "4", "LOCAL_WORLD_SIZE": "2"}


def test_a_process_by_itself_is_alone():
    assert World.here({}) == World(rank=0, size=1, local_size=1, is_launched=False)


def test_torchrun_says_who_is_who():
    world = World.here(TOLD)
    assert world == World(rank=3, size=4, local_size=2, is_launched=True)
    assert not world.is_first


@pytest.mark.parametrize(("environment", "is_one_a_core"), [({}, True), (TOLD, False)])
def test_processes_of_a_machine_share_its_cores(environment, is_one_a_core):
    assert (World.here(environment).num_threads == 0) is is_one_a_core
