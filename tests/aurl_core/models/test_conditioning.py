import pytest
import torch

from aurl_core.models.conditioning import Conditioning
from aurl_core.models.params import ConditioningConfig


@pytest.fixture
def conditioning():
    torch.manual_seed(0)
    streams = [{"name": "chord", "num_values": 3}, {"name": "key", "num_values": 2}]
    built = Conditioning(ConditioningConfig(streams=streams, dropout=0.5, dropout_all=0.5), 4)
    with torch.no_grad():
        built.streams["chord"].weight[1:] = 1
        built.streams["key"].weight[1:] = 10
    return built.eval()


def test_streams_are_added_where_they_say_something(conditioning):
    x_BTD = conditioning({"chord": torch.tensor([[0, 1, 3]]), "key": torch.tensor([[2, 0, 1]])})
    assert x_BTD[0, :, 0].tolist() == [10, 1, 11]


def test_a_stream_alone_is_enough(conditioning):
    assert conditioning({"key": torch.tensor([[1, 0]])})[0, :, 0].tolist() == [10, 0]


def test_an_unknown_stream_is_named(conditioning):
    with pytest.raises(ValueError, match="no stream 'tempo'; it has chord, key"):
        conditioning({"tempo": torch.ones(1, 1, dtype=torch.long)})


def test_whole_sequences_go_without_while_training(conditioning):
    ones = torch.ones(4000, 3, dtype=torch.long)
    x_BT = conditioning.train()({"chord": ones, "key": ones})[..., 0]
    assert torch.equal(x_BT, x_BT[:, :1].expand(-1, 3))
    shares = {value: float((x_BT[:, 0] == value).float().mean()) for value in (0, 1, 10, 11)}
    assert shares == pytest.approx({0: 0.625, 1: 0.125, 10: 0.125, 11: 0.125}, abs=0.03)


def test_nothing_is_dropped_when_predicting(conditioning):
    ones = torch.ones(50, 3, dtype=torch.long)
    assert (conditioning({"chord": ones})[..., 0] == 1).all()
