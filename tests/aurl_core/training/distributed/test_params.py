import pytest
from pydantic import ValidationError

from aurl_core.training.distributed.params import StrategyParams


def test_one_process_is_the_default():
    assert (StrategyParams().kind, StrategyParams().processes) == ("single", 1)


def test_several_processes_need_a_way_to_share_the_work():
    with pytest.raises(ValidationError, match=r"train.strategy.processes 2 needs .* ddp, fsdp, tensor or pipeline"):
        StrategyParams(processes=2)
